//! What later steps of a pipeline ask for: did something change, is there drift.

use crate::apply::ReportSummary;
use crate::audit::AuditSummary;
use crate::merge::Totals;
use crate::plan::Summary;
use crate::posture::PostureCount;

/// Names with their values.
type Variables = Vec<(&'static str, String)>;

/// Returns the variables of a plan.
pub(in crate::render) fn of_plan(summary: &Summary) -> Variables {
    let mut variables = vec![("changes", (summary.changed > 0).to_string())];
    variables.extend(numbers([
        ("add", summary.add),
        ("change", summary.change),
        ("remove", summary.remove),
        ("refusals", summary.refusals),
        ("unread", summary.failed),
    ]));
    variables
}

/// Returns the variables of an apply.
pub(in crate::render) fn of_report(summary: &ReportSummary) -> Variables {
    let mut variables = vec![("changes", (summary.done > 0).to_string())];
    variables.extend(numbers([
        ("add", summary.add),
        ("change", summary.change),
        ("remove", summary.remove),
        ("failed", summary.failed + summary.unknown),
        ("refusals", summary.refused),
        ("unread", summary.unread),
    ]));
    variables
}

/// Returns the variables of an audit. `findings` counts drift and what posture rules found.
pub(in crate::render) fn of_audit(summary: &AuditSummary) -> Variables {
    let PostureCount {
        errors,
        warnings,
        notes,
        accepted: _,
    } = summary.posture;
    let mut variables = vec![("drift", (summary.findings > 0).to_string())];
    variables.extend(numbers([
        ("findings", summary.findings + errors + warnings + notes),
        ("errors", errors),
        ("warnings", warnings),
        ("notes", notes),
        ("unread", summary.incomplete + summary.places + summary.unanswered),
    ]));
    variables
}

/// Returns the variables of all shards of a run.
pub(in crate::render) fn of_shards(totals: &Totals) -> Variables {
    match totals {
        Totals::Plan(summary) => of_plan(summary),
        Totals::Apply(summary) => of_report(summary),
        Totals::Audit(summary) => of_audit(summary),
    }
}

/// Returns the variables of a valid spec with this number of warnings.
pub(in crate::render) fn of_spec(warnings: usize, posture: PostureCount) -> Variables {
    let findings = warnings + posture.errors + posture.warnings + posture.notes;
    numbers([("findings", findings)]).to_vec()
}

fn numbers<const N: usize>(counts: [(&'static str, usize); N]) -> [(&'static str, String); N] {
    counts.map(|(name, number)| (name, number.to_string()))
}
