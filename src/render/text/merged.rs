//! Text of merged reports: a row for each shard, one for all, what audits found, and the registries that could not be read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::common::first_of;
use super::merged_outcomes::outcomes;
use super::table::table;
use crate::merge::{MergedReport, ReportKind, Totals};
use crate::posture::PostureCount;
use crate::render::{Paint, safe};
use crate::spec::PostureRule;

/// Registries that a line names; more are counted.
const MOST_NAMED: usize = 5;

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
    text += &outcomes(report, paint);
    text += &drifted(report);
    text += &posture(report);
    for part in &report.parts {
        if let Totals::Plan(plan) = part.summary
            && plan.stopped > 0
        {
            let file = safe(&part.file);
            text += &format!("{file}: nothing will be written: a broken guard stops the whole run\n");
        }
    }
    for failure in &report.failures {
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

/// Names the registries in drift.
fn drifted(report: &MergedReport) -> String {
    let mut names = Vec::new();
    for registry in &report.registries {
        if registry["state"] == "drifted" || registry["state"] == "breaks-expectation" {
            names.push(name_of(&registry["id"]));
        }
    }
    match names.is_empty() {
        true => String::new(),
        false => format!("differ from their spec: {}\n", first_of(&names, MOST_NAMED)),
    }
}

/// Names the registries of each posture rule that finds an error or a warning which is not accepted.
fn posture(report: &MergedReport) -> String {
    let mut rules: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for finding in &report.posture {
        let severity = words(&finding["severity"]);
        if severity != "note" && finding["accepted"].is_null() {
            let key = (severity, words(&finding["rule"]));
            rules.entry(key).or_default().push(name_of(&finding["registry"]));
        }
    }
    let mut text = String::new();
    // "error" is before "warning".
    for ((severity, rule), mut names) in rules {
        names.dedup();
        let known = PostureRule::ALL.iter().find(|known| known.id() == rule);
        let title = known.map_or("", |known| known.title());
        let names = first_of(&names, MOST_NAMED);
        text += &format!("{}[{}]: {title}: {names}\n", safe(severity), safe(rule));
    }
    text
}

/// Returns the name of a registry by its id.
fn name_of(id: &Value) -> String {
    let id = words(id);
    safe(id.rsplit('/').next().unwrap_or(id)).into_owned()
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Counts what posture rules found and the spec does not accept.
fn posture_findings(count: PostureCount) -> usize {
    count.errors + count.warnings + count.notes
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
            apply.verified + apply.answered + apply.shown,
            apply.refused + apply.skipped + apply.failed + apply.unknown + apply.pending,
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
