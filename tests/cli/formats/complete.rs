//! What every format says: that a guard stops the run, where a finding is, and what to do next.

use serde_json::{Value, json};

use super::{FORMATS, scenario};
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

/// Writes a plan or an audit in these formats, each into `FORMAT.out`.
fn write(scenario: &Scenario, words: &[&str], formats: &[&str], code: i32) {
    let mut words = words.to_vec();
    let files: Vec<String> = formats
        .iter()
        .map(|format| format!("{format}={format}.out"))
        .collect();
    for file in &files {
        words.extend(["-o", file]);
    }
    let run = scenario.run(&words);
    assert_eq!(run.code, code, "{words:?}: {}", run.stderr);
}

#[test]
fn every_format_says_that_a_guard_stops_the_plan() {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    defaultAction: Deny\n    ipRules: []\n  - id: {}\n    trustedServices: false\n",
        registry_id("contoso"),
        registry_id("fabrikam")
    );
    let registries = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&spec, &registries);
    let formats = [
        "text",
        "table",
        "markdown",
        "github",
        "azure-pipelines",
        "html",
        "junit",
        "json",
        "jsonl",
    ];
    write(&scenario, &["plan", "spec.yaml"], &formats, 3);
    for format in &formats[..7] {
        let text = scenario.read(&format!("{format}.out"));
        assert!(
            text.contains("a broken guard stops the whole run"),
            "{format}: {text}"
        );
    }
    assert!(scenario.read("table.out").contains("  stopped"));
    let junit = scenario.read("junit.out");
    assert!(junit.contains("<skipped type=\"stopped\" message="), "{junit}");
    assert!(!junit.contains("name=\"changes\""), "{junit}");
    let plan: Value = serde_json::from_str(&scenario.read("json.out")).unwrap();
    assert_eq!(plan["summary"]["stopped"], 1);
    assert!(scenario.read("jsonl.out").contains("\"stopped\":1"));
    // With the guard overridden, nothing is stopped.
    let words = ["plan", "spec.yaml", "--override", "last-rule"];
    write(&scenario, &words, &["table", "json"], 0);
    assert!(!scenario.read("table.out").contains("stopped"));
    let plan: Value = serde_json::from_str(&scenario.read("json.out")).unwrap();
    assert_eq!(plan["summary"]["stopped"], Value::Null);
}

/// Returns the files at which the results of a SARIF log are.
fn files(scenario: &Scenario) -> Vec<String> {
    let log: Value = serde_json::from_str(&scenario.read("sarif.out")).unwrap();
    let mut files = Vec::new();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].is_u64(), "{result}");
        files.push(place["artifactLocation"]["uri"].as_str().unwrap().to_owned());
    }
    files.sort();
    files.dedup();
    files
}

#[test]
fn every_sarif_result_has_a_file() {
    let scenario = scenario();
    scenario.seed(&[premium_registry("contoso"), premium_registry("fabrikam")]);
    // `fabrikam` is in no spec.
    write(&scenario, &["audit", "spec.yaml", "--all"], &["sarif"], 2);
    assert_eq!(files(&scenario), ["spec.yaml"]);
    write(&scenario, &["audit", "--all"], &["sarif"], 2);
    assert_eq!(files(&scenario), ["ringfence.yaml"]);
    // A name that no subscription has.
    let words = ["audit", "spec.yaml", "--registry", "nowhere"];
    write(&scenario, &words, &["sarif"], 1);
    assert_eq!(files(&scenario), ["spec.yaml"]);
}

#[test]
fn findings_of_an_audit_have_their_next_step() {
    let scenario = scenario();
    let formats = ["markdown", "github", "azure-pipelines", "gitlab", "sarif"];
    write(&scenario, &["audit", "spec.yaml"], &formats, 2);
    let page = scenario.read("markdown.out");
    let (_, next) = page
        .split_once("\nNext: `ringfence plan spec.yaml --sandbox=")
        .unwrap();
    let (next, _) = next.split_once('\n').unwrap();
    assert!(next.ends_with("` (what apply would change)"), "{page}");
    assert!(page.contains("<br>help: "), "{page}");
    for (format, step) in [
        ("github", "%0Ahelp: ringfence plan spec.yaml"),
        ("azure-pipelines", "; help: ringfence plan spec.yaml"),
        ("gitlab", "; help: ringfence plan spec.yaml"),
        ("sarif", "\\nhelp: ringfence plan spec.yaml"),
    ] {
        let text = scenario.read(&format!("{format}.out"));
        assert!(text.contains(step), "{format}: {text}");
    }
}

#[test]
fn notes_have_their_next_step_where_they_are_asked_for() {
    let scenario = scenario();
    scenario.run(&["apply", "spec.yaml", "--yes"]);
    let run = scenario.run(&["audit", "spec.yaml", "--fail-on", "note"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let (_, note) = run.stdout.split_once("note[").unwrap();
    assert!(note.contains("\n  help: "), "{}", run.stdout);
}

#[test]
fn restore_has_its_own_name_in_every_format() {
    let scenario = scenario();
    scenario.run(&["apply", "spec.yaml", "--yes"]);
    let formats: Vec<&str> = FORMATS.map(|(format, _)| format).to_vec();
    let words = ["restore", "--from", "last", "--yes"];
    write(&scenario, &words, &[&formats[..], &["text", "json"]].concat(), 0);
    let page = scenario.read("markdown.out");
    let begin = "<!-- ringfence: restore -->\n### ringfence restore: as wanted\n\nRestore: ";
    assert!(page.starts_with(begin), "{page}");
    for format in ["github", "azure-pipelines", "text"] {
        let text = scenario.read(&format!("{format}.out"));
        assert!(
            text.contains("Restore: ") && !text.contains("Apply: "),
            "{format}: {text}"
        );
    }
    let report: Value = serde_json::from_str(&scenario.read("json.out")).unwrap();
    assert_eq!(report["command"], "restore");
}

#[test]
fn page_shows_the_state_after_a_refused_write() {
    let scenario = scenario();
    let fault = json!([{
        "fault": 403, "match": {"method": "PATCH", "path": "/registries/contoso"}
    }]);
    scenario.write("faults.json", &fault.to_string());
    let words = ["apply", "spec.yaml", "--yes", "--faults", "faults.json"];
    write(&scenario, &words, &["html", "json"], 1);
    let report: Value = serde_json::from_str(&scenario.read("json.out")).unwrap();
    assert_eq!(report["registries"][0]["proof"], "read-back");
    let page = scenario.read("html.out");
    assert!(!page.contains("The state after the run was not read."), "{page}");
}
