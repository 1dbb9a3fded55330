//! What came of a run, in a few words for a heading.

use crate::apply::ReportSummary;
use crate::audit::AuditSummary;
use crate::merge::{MergedReport, Totals};
use crate::model::grouped;
use crate::plan::Summary;

/// Counts findings that a result leaves out: `1 more finding is`, `2 more findings are`.
pub(in crate::render) fn more_findings(number: usize) -> String {
    match number {
        1 => "1 more finding is".to_owned(),
        many => format!("{} more findings are", grouped(many as u64)),
    }
}

/// A run that had nothing to look at, such as an empty shard.
const NONE_CHOSEN: &str = "no registry was chosen";

/// Says what a plan is about to do.
pub(in crate::render) fn of_plan(summary: &Summary) -> &'static str {
    if summary.registries == 0 {
        NONE_CHOSEN
    } else if summary.failed > 0 {
        "not every registry could be read"
    } else if summary.refusals > 0 {
        "refused"
    } else if summary.changed > 0 {
        "changes to review"
    } else {
        "no changes"
    }
}

/// Says what came of an apply.
pub(in crate::render) fn of_report(summary: &ReportSummary) -> &'static str {
    let failed = summary.failed + summary.unknown + summary.unread + summary.pending > 0;
    match (failed, summary.written) {
        _ if summary.registries == 0 => NONE_CHOSEN,
        (false, _) if summary.refused + summary.skipped == 0 => "as wanted",
        (_, true) => "written, but only in part or not verified",
        (true, false) => "failed, nothing was written",
        (false, false) => "refused, nothing was written",
    }
}

/// Says what an audit found.
pub(in crate::render) fn of_audit(summary: &AuditSummary) -> &'static str {
    let posture = summary.posture.errors + summary.posture.warnings;
    if summary.incomplete + summary.places + summary.unanswered > 0 {
        "not everything could be read"
    } else if summary.registries == 0 {
        "no registry was audited"
    } else if summary.drifted > 0 {
        "drift"
    } else if summary.findings > 0 {
        "an expectation does not hold"
    } else if posture > 0 {
        "findings"
    } else if summary.no_spec == summary.registries {
        "nothing found"
    } else {
        "in sync"
    }
}

/// Says what came of all shards of a run, as far as their reports are there.
pub(in crate::render) fn of_shards(report: &MergedReport) -> String {
    let words = match &report.summary {
        Totals::Plan(summary) => of_plan(summary),
        Totals::Apply(summary) => of_report(summary),
        Totals::Audit(summary) => of_audit(summary),
    };
    match (report.missing_shards, report.shards()) {
        (missing @ 1.., Some(shards)) => format!(
            "{} of {} shards not counted; the others: {words}",
            grouped(missing.into()),
            grouped(shards.into())
        ),
        _ => words.to_owned(),
    }
}
