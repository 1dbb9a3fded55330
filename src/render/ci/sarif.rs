//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entries::Entry;
use crate::render::safe::safe_json;
use crate::spec::Severity;

/// Version of our fingerprints. Another way of making them needs another version.
const FINGERPRINT: &str = "ringfence/v1";

/// Renders a log with one run.
pub(in crate::render) fn sarif(entries: &[Entry]) -> String {
    let mut rules: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        rules.entry(&entry.rule).or_default().push(entry);
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let mut results = Vec::new();
    for entry in entries {
        // Every rule of an entry is in the list.
        let index = ids.binary_search(&entry.rule.as_str()).unwrap_or_default();
        results.push(result(entry, index));
    }
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "ringfence",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|alike| rule(alike)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&log).expect("values with string keys always serialise");
    safe_json(&text) + "\n"
}

/// Writes the rule of these entries, of which there is one. A next step of one registry alone is not that of the rule.
fn rule(alike: &[&Entry]) -> Value {
    let entry = alike[0];
    let is_one = alike.iter().all(|other| other.help == entry.help);
    let help = entry.help.as_deref().filter(|_| is_one).unwrap_or(&entry.about);
    let mut rule = json!({
        "id": entry.rule,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.about},
        "help": {"text": help},
        "defaultConfiguration": {"level": level(entry.severity)},
    });
    if let Some(article) = entry.article {
        rule["helpUri"] = article.into();
    }
    rule
}

fn result(entry: &Entry, rule: usize) -> Value {
    let mut location = json!({});
    if let Some(registry) = &entry.registry {
        location["logicalLocations"] = json!([{
            "name": registry.name(), "fullyQualifiedName": registry.to_string(), "kind": "resource"
        }]);
    }
    if let Some(source) = &entry.source {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(&source.file)},
            "region": {"startLine": source.line, "startColumn": source.column},
        });
    }
    let mut result = json!({
        "ruleId": entry.rule,
        "ruleIndex": rule,
        "level": level(entry.severity),
        "message": {"text": entry.full_message()},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: entry.fingerprint()},
    });
    if let Some(reason) = &entry.accepted {
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Writes a path as a URI: relative to the top of the repository, or absolute.
fn uri(path: &str) -> String {
    let mut uri = match path.starts_with('/') {
        true => "file://".to_owned(),
        false => String::new(),
    };
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into())
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    uri
}
