//! Text of merged reports: a row for each shard, one for all, what audits found, and the registries that could not be read.

mod audit;
mod outcomes;

use super::table::table;
use crate::apply::ReportSummary;
use crate::merge::{MergedReport, ReportKind, Totals};
use crate::model::grouped;
use crate::posture::PostureCount;
use crate::render::{Paint, safe};
use audit::{audited, words};
use outcomes::outcomes;

/// Renders a merged report.
pub(in crate::render) fn merged(report: &MergedReport, paint: Paint) -> String {
    let mut rows = Vec::new();
    for part in &report.parts {
        rows.push(row(safe(&part.file).into_owned(), &part.summary));
    }
    rows.push(row("all".to_owned(), &report.summary));
    let head = match report.of {
        ReportKind::Plan => ["shard", "registries", "changed", "refused", "unread", "changes"],
        ReportKind::Apply => [
            "shard",
            "registries",
            "as wanted",
            "not done",
            "unread",
            "changes",
        ],
        ReportKind::Audit => ["shard", "registries", "drifted", "in sync", "unread", "findings"],
    };
    let mut text = table(head, &rows, paint);
    text += &missing(report);
    text += &outcomes(report, paint);
    text += &audited(report);
    for part in &report.parts {
        if let Totals::Plan(plan) = part.summary
            && plan.stopped > 0
        {
            let file = safe(&part.file);
            text += &format!("{file}: nothing will be written: a broken guard stops the whole run\n");
        }
    }
    // Registries, and for an audit subscriptions and names too.
    for failure in report.failures.iter().chain(&report.unread) {
        let (id, code) = (words(&failure["id"]), words(&failure["error"]["code"]));
        text += &format!("not read: {} ({})\n", safe(id), safe(code));
    }
    for part in &report.parts {
        if let Some(undo) = &part.undo {
            text += &format!("undo of {}: {}\n", safe(&part.file), safe(undo));
        }
    }
    if !report.beside.is_empty() {
        text += &format!(
            "no undo takes back that the runs {}\n",
            safe(&report.beside.in_words())
        );
    }
    text
}

/// Most shards that a line names.
const MOST_SHARDS: usize = 5;

/// Says which shards are not counted.
fn missing(report: &MergedReport) -> String {
    let Some(shards) = report.shards().filter(|_| report.missing_shards > 0) else {
        return String::new();
    };
    let mut names = Vec::new();
    for number in report.missing_numbers().take(MOST_SHARDS) {
        names.push(format!("{number}/{shards}"));
    }
    let more = (report.missing_shards as usize).saturating_sub(names.len());
    if more > 0 {
        names.push(format!("{} more", grouped(more as u64)));
    }
    format!(
        "not here, and not counted: {} of {} shards: {}\n",
        grouped(report.missing_shards.into()),
        grouped(shards.into()),
        names.join(", ")
    )
}

/// Counts what posture rules found and the spec does not accept.
fn posture_findings(count: PostureCount) -> usize {
    count.errors + count.warnings + count.notes
}

/// Counts the registries that are as wanted, and that follow the write where the run waited for that.
fn as_wanted(apply: &ReportSummary) -> usize {
    (apply.verified + apply.answered + apply.shown).saturating_sub(apply.pending)
}

/// Counts the registries that were read, and are not as wanted, or not known to be.
fn not_as_wanted(apply: &ReportSummary) -> usize {
    apply.registries.saturating_sub(as_wanted(apply) + apply.unread)
}

fn row(name: String, summary: &Totals) -> [String; 6] {
    let numbers = match summary {
        Totals::Plan(plan) => [
            plan.registries,
            plan.changed,
            plan.refusals,
            plan.failed,
            plan.add + plan.change + plan.remove,
        ],
        Totals::Apply(apply) => [
            apply.registries,
            as_wanted(apply),
            not_as_wanted(apply),
            apply.unread,
            apply.done,
        ],
        Totals::Audit(audit) => [
            audit.registries,
            audit.drifted,
            audit.in_sync,
            audit.failed,
            audit.findings + posture_findings(audit.posture),
        ],
    };
    let [registries, first, second, third, last] = numbers.map(|number| number.to_string());
    [name, registries, first, second, third, last]
}
