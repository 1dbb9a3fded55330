//! Text of merged audits: what they found, and what they could not look at.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::merge::MergedReport;
use crate::render::safe;
use crate::render::text::common::first_of;
use crate::spec::PostureRule;

/// Registries that a line names; more are counted.
const MOST_NAMED: usize = 5;

/// Names the registries of an audit by what was found, and by what is not known. Returns nothing for another report.
pub(super) fn audited(report: &MergedReport) -> String {
    let mut text = line(
        "differ from their spec",
        &in_state(report, &["drifted", "breaks-expectation"]),
    );
    text += &posture(report);
    text += &line("no spec names", &in_state(report, &["no-spec"]));
    for (what, parts) in [
        ("could be compared only in part", &report.uncompared),
        ("could be judged only in part", &report.unjudged),
    ] {
        for (code, names) in by_code(parts) {
            text += &line(&format!("{what} ({})", safe(code)), &names);
        }
    }
    text
}

/// Writes names after what they have in common. Returns nothing without a name.
fn line(what: &str, names: &[String]) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!("{what}: {}\n", first_of(names, MOST_NAMED)),
    }
}

/// Returns the names of the registries in one of these states.
fn in_state(report: &MergedReport, states: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for registry in &report.registries {
        if states.contains(&words(&registry["state"])) {
            names.push(name_of(&registry["id"]));
        }
    }
    names
}

/// Returns the names of the registries whose parts have an error, by its code.
fn by_code(parts: &[Value]) -> BTreeMap<&str, Vec<String>> {
    let mut codes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in parts {
        let names = codes.entry(words(&part["error"]["code"])).or_default();
        names.push(name_of(&part["id"]));
    }
    for names in codes.values_mut() {
        names.dedup();
    }
    codes
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
        text += &line(&format!("{}[{}]: {title}", safe(severity), safe(rule)), &names);
    }
    text
}

/// Returns the name of a registry by its id.
fn name_of(id: &Value) -> String {
    let id = words(id);
    safe(id.rsplit('/').next().unwrap_or(id)).into_owned()
}

/// Returns a text of a document; the empty one for anything else.
pub(super) fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
