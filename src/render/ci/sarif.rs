//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entries::Entry;
use super::words::more_findings;
use crate::render::safe::safe_json;
use crate::spec::Severity;

/// Version of our fingerprints. Another way of making them needs another version.
const FINGERPRINT: &str = "ringfence/v1";

/// Most results of a run that GitHub takes. It refuses a log with more (docs.github.com "SARIF support for code scanning").
const MOST_RESULTS: usize = 25_000;

/// Renders a log with one run. A result without a line in the spec is shown at the first line of `home`: GitHub refuses a log
/// in which one has no file.
pub(in crate::render) fn sarif(entries: &[Entry], home: &str) -> String {
    log(entries, home, MOST_RESULTS)
}

/// Renders a log of at most this many results.
pub(super) fn log(entries: &[Entry], home: &str, most: usize) -> String {
    // The worst come first.
    let (entries, left_out) = entries.split_at(entries.len().min(most));
    let mut rules: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        rules.entry(&entry.rule).or_default().push(entry);
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let mut results = Vec::new();
    for entry in entries {
        // Every rule of an entry is in the list.
        let index = ids.binary_search(&entry.rule.as_str()).unwrap_or_default();
        results.push(result(entry, index, home));
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
            "invocations": [{
                "executionSuccessful": true, "toolExecutionNotifications": notifications(left_out.len())
            }],
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&log).expect("values with string keys always serialise");
    safe_json(&text) + "\n"
}

/// Says how many results are left out.
fn notifications(left_out: usize) -> Vec<Value> {
    match left_out {
        0 => Vec::new(),
        more => {
            let text = format!("{} in the other outputs", more_findings(more));
            vec![json!({"level": "warning", "message": {"text": text}})]
        }
    }
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

fn result(entry: &Entry, rule: usize, home: &str) -> Value {
    let (file, region) = match &entry.source {
        Some(source) => (
            &*source.file,
            json!({"startLine": source.line, "startColumn": source.column}),
        ),
        None => (home, json!({"startLine": 1})),
    };
    let mut location = json!({
        "physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": region},
    });
    if let Some(registry) = &entry.registry {
        location["logicalLocations"] = json!([{
            "name": registry.name(), "fullyQualifiedName": registry.to_string(), "kind": "resource"
        }]);
    }
    let mut message = entry.full_message();
    if let Some(help) = &entry.help {
        message += &format!("\nhelp: {help}");
    }
    let mut result = json!({
        "ruleId": entry.rule,
        "ruleIndex": rule,
        "level": level(entry.severity),
        "message": {"text": message},
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
