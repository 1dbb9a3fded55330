//! Entries of a plan: refusals, notes, registries that could not be read, and callers that lose access.

use super::{Entry, EntryRule, sorted, unread};
use crate::model::RegistryId;
use crate::plan::{CHECKS, CheckKind, Impact, Note, Plan, Refusal, RefusalCode};
use crate::spec::{Severity, Source};

/// Returns the entries of a plan, the worst first, then by registry.
pub(in crate::render) fn entries(plan: &Plan) -> Vec<Entry> {
    let mut entries = Vec::new();
    for registry in &plan.registries {
        let place = registry.source.as_ref();
        entries.extend(remarks(&registry.id, place, &registry.notes, &registry.refusals));
    }
    entries.extend(plan.failures.iter().map(unread));
    for impact in &plan.impacts {
        let place = plan.registries.iter().find(|one| one.id == impact.registry);
        let place = place.and_then(|registry| registry.source.as_ref());
        entries.extend(lost_callers(impact, place));
    }
    sorted(entries)
}

/// Returns the entries of the notes and refusals of one registry.
pub(super) fn remarks(
    registry: &RegistryId,
    source: Option<&Source>,
    notes: &[Note],
    refusals: &[Refusal],
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for refusal in refusals {
        let rule = EntryRule {
            id: "",
            severity: Severity::Error,
            title: about_refusal(&refusal.code),
        };
        entries.push(Entry {
            rule: refusal.code.name().to_owned(),
            help: next_step(refusal),
            is_failure: refusal.leaves_uncompared(),
            ..Entry::new(&rule, registry, source, refusal.message.clone())
        });
    }
    for note in notes {
        let rule = EntryRule {
            id: "",
            severity: Severity::Note,
            title: about(&note.code, true),
        };
        entries.push(Entry {
            rule: note.code.clone().into_owned(),
            ..Entry::new(&rule, registry, source, note.message.clone())
        });
    }
    entries
}

fn about_refusal(code: &RefusalCode) -> &'static str {
    match code {
        RefusalCode::Guard(guard) => guard.about(),
        RefusalCode::FailOn(kind) => kind.about(),
        RefusalCode::Other { name, .. } => about(name, false),
    }
}

/// Returns the line of the table of checks. A plan of another version can have a code that this one does not know.
fn about(code: &str, is_note: bool) -> &'static str {
    for check in CHECKS {
        if check.code == code && (check.kind == CheckKind::Note) == is_note {
            return check.about;
        }
    }
    match is_note {
        true => "what a reader of the plan should know",
        false => "what stands against the plan",
    }
}

/// Returns the help of a refusal, with the flag that overrides it.
fn next_step(refusal: &Refusal) -> Option<String> {
    match (&refusal.help, &refusal.override_flag) {
        (Some(help), Some(flag)) => Some(format!("{help}; to go on: {flag}")),
        (None, Some(flag)) => Some(format!("to go on: {flag}")),
        (help, None) => help.clone(),
    }
}

const CALLER: EntryRule = EntryRule {
    id: "caller-loses-access",
    severity: Severity::Warning,
    title: "a caller of the registry that the change cuts off",
};

fn lost_callers(impact: &Impact, source: Option<&Source>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for caller in impact.lost() {
        let message = format!("{} ({}) loses access", caller.address, caller.identity);
        let help = caller.admit.as_ref();
        entries.push(Entry {
            help: help.map(|admit| format!("to admit it: {admit}")),
            ..Entry::new(&CALLER, &impact.registry, source, message)
        });
    }
    entries
}
