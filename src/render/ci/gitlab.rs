//! Code Quality reports of GitLab.

use serde_json::{Value, json};

use super::entries::Entry;
use crate::plan::ChangeCount;
use crate::render::safe::safe_json;
use crate::spec::Severity;

/// Renders the findings that are not accepted. A registry that no spec names has its id in the place of a path, which GitLab
/// needs.
pub(in crate::render) fn gitlab(entries: &[Entry]) -> String {
    let mut issues: Vec<Value> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.accepted.is_none()) {
        let (path, line) = match &entry.source {
            Some(source) => (source.file.to_string(), source.line),
            None => (entry.subject(), 1),
        };
        issues.push(json!({
            "description": entry.message_with_help(),
            "check_name": entry.rule,
            "fingerprint": entry.fingerprint(),
            "severity": match entry.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Note => "info",
            },
            "location": {"path": path, "lines": {"begin": line}},
        }));
    }
    let text = serde_json::to_string_pretty(&issues).expect("values with string keys always serialise");
    safe_json(&text) + "\n"
}

/// Renders the numbers that a merge request shows (docs.gitlab.com "artifacts:reports:terraform").
pub(in crate::render) fn terraform(changes: ChangeCount) -> String {
    let ChangeCount { add, change, remove } = changes;
    json!({"create": add, "update": change, "delete": remove}).to_string() + "\n"
}
