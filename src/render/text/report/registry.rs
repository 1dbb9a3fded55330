//! What happened to one registry.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::common::{self, count, indent, plain, plain_or_absent};
use crate::apply::{ChangeReport, Outcome, Proof, RegistryOutcome, RegistryReport, Undo};
use crate::model::{ErrorCode, Failure};
use crate::plan::{AnyChange, Deviation, ModeChange, StepAction};
use crate::render::{Paint, safe};

/// The errors that were told, each with the registry that it was told of.
pub(super) type ToldErrors<'a> = BTreeMap<(&'a str, &'a str, Option<&'a str>), &'a RegistryReport>;

/// Returns true if something was tried and did not succeed.
pub(super) fn is_failure(outcome: RegistryOutcome) -> bool {
    matches!(
        outcome,
        RegistryOutcome::Partial | RegistryOutcome::Failed | RegistryOutcome::Unknown
    )
}

/// Returns the first line about a registry, or about others with the same story: a sign, who, and what happened.
pub(super) fn title(registry: &RegistryReport, who: &str, paint: Paint) -> String {
    let (sign, what) = match registry.outcome {
        RegistryOutcome::Unchanged => (paint.dim("="), paint.dim("was as planned already")),
        RegistryOutcome::Changed if registry.proof == Some(Proof::Answer) => {
            (paint.good("~"), paint.good("applied, as Azure answered"))
        }
        RegistryOutcome::Changed => (paint.good("~"), paint.good("applied and verified")),
        RegistryOutcome::Skipped => (paint.warn("!"), paint.warn("not changed")),
        RegistryOutcome::Refused => (paint.bad("!"), paint.bad("refused, nothing was written")),
        RegistryOutcome::Partial => (paint.bad("!"), paint.bad("changed only in part")),
        RegistryOutcome::Failed => (paint.bad("!"), paint.bad("failed")),
        RegistryOutcome::Unknown => (paint.bad("!"), paint.bad("not known if it was changed")),
    };
    format!("{sign} {}: {what}", paint.bold(who))
}

/// Detail of a story.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Errors have their place in the spec and their request id.
    Own,
    /// Errors of the first of several registries, which have their places elsewhere.
    FirstOfSeveral,
    /// Only what registries with the same outcome share.
    Shared,
}

/// Tells what happened to a registry.
pub(super) fn story<'a>(
    registry: &'a RegistryReport,
    detail: Detail,
    told: &mut ToldErrors<'a>,
    paint: Paint,
) -> Vec<String> {
    let mut lines = Vec::new();
    match registry.outcome {
        RegistryOutcome::Unchanged | RegistryOutcome::Changed => {
            lines.push(mode(registry));
            lines.extend(found_rows(registry, paint));
        }
        RegistryOutcome::Skipped => lines.extend(reasons(registry)),
        RegistryOutcome::Refused => {
            lines.extend(refusals(registry, paint));
            lines.extend(found_rows(registry, paint));
        }
        RegistryOutcome::Partial | RegistryOutcome::Failed | RegistryOutcome::Unknown => {
            if registry.error.is_some() {
                lines.push("no step was begun, so nothing was written".to_owned());
            } else {
                lines.push(mode(registry));
                lines.extend(rows(registry, paint));
            }
            for error in errors(registry) {
                lines.extend(self::error(error, registry, detail, told, paint.indented(4)));
            }
        }
    }
    if !registry.not_switched.is_empty() {
        lines.push(format!(
            "its access is not as planned: another registry was to turn on the service endpoint of {}, which is not known to be \
             on",
            common::subnets(&registry.not_switched)
        ));
    }
    if !registry.shut_out.is_empty() {
        lines.push(format!(
            "clients of {} that got in by an IP rule are shut out now: the service endpoint is on, and no rule admits the subnet",
            common::subnets(&registry.shut_out)
        ));
    }
    if !registry.may_be_shut_out.is_empty() {
        lines.push(format!(
            "clients of {} may be shut out now: they may have got in by an IP rule, the service endpoint is on or may be, and no \
             rule is known to admit the subnet",
            common::subnets(&registry.may_be_shut_out)
        ));
    }
    if let Some(undo) = &registry.undo {
        lines.extend(no_undo(undo));
    }
    let mut wrapped = Vec::new();
    for line in indent(4, lines) {
        wrapped.extend(common::wrap(&line, 6, paint));
    }
    wrapped
}

/// Writes the refusals that are news. Those of the plan were shown with the plan, unless this text stands alone.
fn refusals(registry: &RegistryReport, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if registry.refused_by_plan && !paint.stands_alone() {
        let codes: Vec<&str> = registry
            .refusals
            .iter()
            .map(|refusal| refusal.code.name())
            .collect();
        lines.push(format!("{}, as the plan says", codes.join(", ")));
        return lines;
    }
    for refusal in &registry.refusals {
        lines.extend(common::refusal(refusal, paint));
    }
    lines
}

/// Shows the mode by the registry's own answer.
fn mode(registry: &RegistryReport) -> String {
    let ModeChange { before, after } = &registry.mode;
    let (before, after) = (safe(before), safe(after));
    match before == after {
        true if is_otherwise_than_written(registry) => after.into_owned(),
        true => format!("{after}, as before"),
        false => format!("{before} → {after}"),
    }
}

/// Returns true if the registry did not keep what was written. Its lists can still be as long as before.
fn is_otherwise_than_written(registry: &RegistryReport) -> bool {
    let not_kept = ErrorCode::NotVerified.as_str();
    let mut outcomes = registry.changes.iter().map(|change| &change.outcome);
    !registry.deviations.is_empty()
        || outcomes.any(|outcome| matches!(outcome, Outcome::Failed { error } if error.code == not_kept))
}

/// Says in a few words why a registry is not as wanted: the codes of its refusals and errors, or why nothing was tried.
pub(super) fn reason(registry: &RegistryReport) -> String {
    let mut words: Vec<String> = Vec::new();
    for refusal in &registry.refusals {
        words.push(safe(refusal.code.name()).into_owned());
    }
    for error in errors(registry) {
        words.push(safe(&error.code).into_owned());
    }
    if registry.is_pending() {
        words.push("not effective yet".to_owned());
    }
    if words.is_empty() {
        words = reasons(registry);
    }
    words.dedup();
    words.join(", ")
}

/// Returns the reasons why nothing was tried, each once.
fn reasons(registry: &RegistryReport) -> Vec<String> {
    let mut reasons = Vec::new();
    for outcome in outcomes(registry) {
        if let Outcome::Skipped { reason } = outcome {
            let reason = safe(reason).into_owned();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

/// Returns the error of the registry, and those of its steps and changes, each once.
fn errors(registry: &RegistryReport) -> Vec<&Failure> {
    let mut errors: Vec<&Failure> = registry.error.iter().collect();
    for outcome in outcomes(registry) {
        if let Outcome::Failed { error } | Outcome::Unknown { error } = outcome
            && errors
                .iter()
                .all(|other| common::cause(other) != common::cause(error))
        {
            errors.push(error);
        }
    }
    errors
}

fn outcomes(registry: &RegistryReport) -> impl Iterator<Item = &Outcome> {
    let steps = registry.steps.iter().map(|step| &step.outcome);
    steps.chain(registry.changes.iter().map(|change| &change.outcome))
}

/// Writes a row for each step, or for each change of a PATCH that succeeded only in part, and one for each setting beside
/// them.
fn rows(registry: &RegistryReport, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for report in &registry.steps {
        let in_part = if let StepAction::PatchRegistry { .. } = report.step {
            partly_patched(registry)
        } else {
            Vec::new()
        };
        if in_part.is_empty() {
            lines.push(row(&report.outcome, &common::step(&report.step), paint));
        }
        for report in in_part {
            lines.push(row(&report.outcome, &change(&report.change), paint));
        }
    }
    for deviation in &registry.deviations {
        lines.push(beside(deviation, paint));
    }
    lines
}

/// Writes a row for each step whose change was found there and may be that of this run.
fn found_rows(registry: &RegistryReport, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for report in &registry.steps {
        if let Outcome::Unchanged { reason: Some(_) } = report.outcome {
            lines.push(row(&report.outcome, &common::step(&report.step), paint));
        }
    }
    lines
}

/// Writes a setting beside the planned changes: one that changed all the same, or one that the answer does not show.
fn beside(deviation: &Deviation, paint: Paint) -> String {
    let (key, message) = (deviation.path.spec_key(), deviation.message());
    let message = safe(&message);
    if deviation.is_hidden() {
        return format!("{:<9}  {key}: {message}", paint.warn("unknown"));
    }
    format!(
        "{:<9}  {key}: {message} (not part of the plan)",
        paint.bad("failed")
    )
}

/// Returns the changes of the PATCH if they have different outcomes, or if they are done and another setting is not as it
/// should be.
fn partly_patched(registry: &RegistryReport) -> Vec<&ChangeReport> {
    let mut patched = Vec::new();
    let (mut done, mut failed) = (false, !registry.deviations.is_empty());
    for report in &registry.changes {
        if let AnyChange::Setting(_) = report.change {
            done |= report.outcome.is_as_wanted();
            failed |= !report.outcome.is_as_wanted();
            patched.push(report);
        }
    }
    if done && failed { patched } else { Vec::new() }
}

/// Writes an outcome: `done       ipRules: add 2 rules`.
fn row(outcome: &Outcome, what: &str, paint: Paint) -> String {
    let word = match outcome {
        Outcome::Done => paint.good("done"),
        Outcome::Unchanged { .. } => paint.dim("unchanged"),
        Outcome::Skipped { .. } => paint.warn("skipped"),
        Outcome::Failed { .. } => paint.bad("failed"),
        Outcome::Unknown { .. } => paint.warn("unknown"),
    };
    match outcome {
        Outcome::Skipped { reason } | Outcome::Unchanged { reason: Some(reason) } => {
            format!("{word:<9}  {what} ({})", safe(reason))
        }
        Outcome::Done
        | Outcome::Unchanged { reason: None }
        | Outcome::Failed { .. }
        | Outcome::Unknown { .. } => format!("{word:<9}  {what}"),
    }
}

/// Writes an error, or points at the registry whose error it was already.
fn error<'a>(
    error: &'a Failure,
    registry: &'a RegistryReport,
    detail: Detail,
    told: &mut ToldErrors<'a>,
    paint: Paint,
) -> Vec<String> {
    match told.entry(common::cause(error)) {
        Entry::Vacant(entry) => {
            entry.insert(registry);
        }
        Entry::Occupied(first) => {
            let head = paint.error(format!("error[{}]", safe(&error.code)));
            return vec![format!("{head}: the same as for {}", safe(first.get().id.name()))];
        }
    }
    let shared = common::of_several(error, &registry.id);
    match detail {
        Detail::Own => common::failure(error, registry.source.as_ref(), paint),
        Detail::FirstOfSeveral => common::failure(&shared, None, paint),
        Detail::Shared => {
            let error = Failure {
                request_id: None,
                ..shared
            };
            common::failure(&error, None, paint)
        }
    }
}

/// Writes a change: `defaultAction: Allow → Deny`, `ipRules: add 2 rules, remove 1 rule`.
fn change(change: &AnyChange) -> String {
    let name = change.path().spec_key();
    let change = match change {
        AnyChange::Endpoints(endpoints) => {
            return format!("{name}: add {}", count(endpoints.add.len(), "subnet", "subnets"));
        }
        AnyChange::Setting(change) => change,
    };
    if let Some(after) = &change.after {
        let in_spec = |value| change.path.spec_value(value);
        let before = plain_or_absent(change.before.as_ref().map(in_spec).as_ref());
        return format!("{name}: {before} → {}", plain(&change.path.spec_value(after)));
    }
    let mut parts = Vec::new();
    if !change.add.is_empty() {
        parts.push(format!("add {}", count(change.add.len(), "rule", "rules")));
    }
    if !change.remove.is_empty() {
        parts.push(format!("remove {}", count(change.remove.len(), "rule", "rules")));
    }
    format!("{name}: {}", parts.join(", "))
}

/// Says why a registry has no part in the undo command.
fn no_undo(undo: &Undo) -> Option<String> {
    let (reason, snapshot) = (safe(undo.reason.as_deref()?), safe(&undo.snapshot));
    Some(format!(
        "undo is not possible: {reason}; the earlier state is in {snapshot}"
    ))
}
