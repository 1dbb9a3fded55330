//! Entries of a report: what was not done, with its reason.

use super::plan::remarks;
use super::{Entry, EntryRule, sorted, unread};
use crate::apply::{Effective, Outcome, RegistryReport, Report};
use crate::model::Failure;
use crate::plan::AnyChange;
use crate::render::text;
use crate::spec::{Severity, Source};

const NOT_BEGUN: EntryRule = EntryRule {
    id: "not-begun",
    severity: Severity::Error,
    title: "a registry of which no step was begun",
};
const FAILED: EntryRule = EntryRule {
    id: "not-applied",
    severity: Severity::Error,
    title: "a step or a change that failed",
};
const UNKNOWN: EntryRule = EntryRule {
    id: "not-known",
    severity: Severity::Error,
    title: "a step or a change of which it is not known whether Azure made it",
};
const SKIPPED: EntryRule = EntryRule {
    id: "not-tried",
    severity: Severity::Warning,
    title: "a step or a change that was not tried",
};
const UNPLANNED: EntryRule = EntryRule {
    id: "unplanned-change",
    severity: Severity::Error,
    title: "a setting that changed although the plan leaves it alone",
};
const NOT_SHOWN: EntryRule = EntryRule {
    id: "not-shown",
    severity: Severity::Warning,
    title: "a managed setting that the answer after the write does not show",
};
const ENDPOINT_OFF: EntryRule = EntryRule {
    id: "endpoint-not-on",
    severity: Severity::Error,
    title: "a service endpoint that another registry of the run was to turn on",
};
const SHUT_OUT: EntryRule = EntryRule {
    id: "shut-out",
    severity: Severity::Error,
    title: "clients of a subnet whose service endpoint went on, or may have, and that no rule admits any more",
};
const PENDING: EntryRule = EntryRule {
    id: "not-effective",
    severity: Severity::Error,
    title: "a change that the registry itself did not follow in time",
};

/// Returns the entries of a report, the worst first, then by registry.
pub(in crate::render) fn entries(report: &Report) -> Vec<Entry> {
    let mut entries = Vec::new();
    for registry in &report.registries {
        let place = registry.source.as_ref();
        entries.extend(remarks(&registry.id, place, &registry.notes, &registry.refusals));
        if let Some(error) = &registry.error {
            entries.push(failed(registry, &NOT_BEGUN, "no step was begun", error, place));
        }
        entries.extend(outcomes(registry));
        entries.extend(beside(registry));
    }
    entries.extend(report.failures.iter().map(unread));
    sorted(entries)
}

/// Returns an entry for each step that did not end as wanted, and for each change with a cause of its own.
fn outcomes(registry: &RegistryReport) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut told = Vec::new();
    for report in &registry.steps {
        let entry = outcome(
            registry,
            &report.outcome,
            &text::step(&report.step),
            registry.source.as_ref(),
        );
        if let Some(entry) = entry {
            told.push(&report.outcome);
            entries.push(entry);
        }
    }
    for report in &registry.changes {
        // The changes of a PATCH mostly have its outcome.
        if told.contains(&&report.outcome) {
            continue;
        }
        let source = match &report.change {
            AnyChange::Setting(change) => change.source.as_ref(),
            AnyChange::Endpoints(change) => change.source.as_ref(),
        };
        let key = report.change.path().spec_key();
        let source = source.or(registry.source.as_ref());
        entries.extend(outcome(registry, &report.outcome, key, source));
    }
    entries
}

fn outcome(
    registry: &RegistryReport,
    outcome: &Outcome,
    what: &str,
    source: Option<&Source>,
) -> Option<Entry> {
    match outcome {
        Outcome::Done | Outcome::Unchanged { .. } => None,
        // The refusal or the error says why.
        Outcome::Skipped { .. } if !registry.refusals.is_empty() || registry.error.is_some() => None,
        Outcome::Skipped { reason } => {
            let message = format!("{what}: not tried: {reason}");
            Some(Entry::new(&SKIPPED, &registry.id, source, message))
        }
        Outcome::Failed { error } => Some(failed(registry, &FAILED, what, error, source)),
        Outcome::Unknown { error } => Some(failed(registry, &UNKNOWN, what, error, source)),
    }
}

fn failed(
    registry: &RegistryReport,
    rule: &EntryRule,
    what: &str,
    error: &Failure,
    source: Option<&Source>,
) -> Entry {
    let message = format!("{what}: {}: {}", error.code, error.message);
    Entry {
        help: error.help.clone(),
        is_failure: true,
        ..Entry::new(rule, &registry.id, source, message)
    }
}

/// Returns the entries of what no step tells.
fn beside(registry: &RegistryReport) -> Vec<Entry> {
    let (id, source) = (&registry.id, registry.source.as_ref());
    let mut entries = Vec::new();
    for deviation in &registry.deviations {
        let message = format!("{}: {}", deviation.path.spec_key(), deviation.message());
        let rule = if deviation.is_hidden() {
            &NOT_SHOWN
        } else {
            &UNPLANNED
        };
        entries.push(Entry::new(rule, id, source, message));
    }
    for subnet in &registry.not_switched {
        let message = format!(
            "service endpoint of subnet {}: not known to be on",
            subnet.short()
        );
        entries.push(Entry::new(&ENDPOINT_OFF, id, source, message));
    }
    for (subnets, are) in [
        (&registry.shut_out, "that got in by an IP rule are"),
        (&registry.may_be_shut_out, "may be"),
    ] {
        for subnet in subnets {
            let message = format!("clients of subnet {} {are} shut out now", subnet.short());
            entries.push(Entry::new(&SHUT_OUT, id, source, message));
        }
    }
    if let Some(Effective::Pending { answer, .. }) = &registry.effective {
        let message = format!("not effective yet: the last answer to this machine was: {answer}");
        entries.push(Entry {
            // The last answer differs from run to run.
            objects: Vec::new(),
            ..Entry::new(&PENDING, id, source, message)
        });
    }
    entries
}
