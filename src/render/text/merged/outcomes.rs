//! The registries of merged plans and applies: what changes, and what did not come about.

use serde_json::Value;

use crate::merge::{MergedReport, ReportKind};
use crate::model::RegistryId;
use crate::render::text::common::{first_names, labelled, named};
use crate::render::{Paint, safe};

/// Outcomes of an apply that are named, with the words of the end of its report. Failures come last.
const OUTCOMES: [(&str, &str); 6] = [
    ("changed", "changed"),
    ("skipped", "not changed"),
    ("refused", "refused"),
    ("partial", "in part"),
    ("failed", "failed"),
    ("unknown", "not known"),
];

/// Names the registries that a plan changes or refuses, and those of an apply by what came of them, but for those that needed
/// nothing.
pub(super) fn outcomes(report: &MergedReport, paint: Paint) -> String {
    let mut text = String::new();
    for (outcome, label) in OUTCOMES {
        let mut names = Vec::new();
        for entry in &report.registries {
            if outcome_of(report.of, entry) == Some(outcome) {
                names.push(name(entry, paint));
            }
        }
        if outcome == "changed" {
            names = first_names(names);
        }
        // What an apply has changed is a number of its row.
        let is_told = report.of == ReportKind::Plan || outcome != "changed";
        if is_told && !names.is_empty() {
            text += &(labelled(label, names, paint).join("\n") + "\n");
        }
    }
    text
}

/// Returns the outcome of an entry. That of a plan is what an apply would come to, as far as the plan knows.
fn outcome_of(kind: ReportKind, entry: &Value) -> Option<&str> {
    match kind {
        ReportKind::Apply => entry["outcome"].as_str(),
        ReportKind::Plan if has_any(&entry["refusals"]) => Some("refused"),
        ReportKind::Plan if has_any(&entry["steps"]) => Some("changed"),
        ReportKind::Plan | ReportKind::Audit => None,
    }
}

fn has_any(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

fn name(entry: &Value, paint: Paint) -> String {
    let id = entry["id"].as_str().unwrap_or_default();
    match RegistryId::parse(id) {
        Ok(id) => named(&id, None, paint),
        Err(_) => safe(id).into_owned(),
    }
}
