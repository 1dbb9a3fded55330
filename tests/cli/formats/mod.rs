//! Formats for pipelines and code hosts, as the built binary writes them.

mod complete;

use serde_json::Value;

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Scenario, run_in};

/// A registry that is open, and a spec that closes it and lists a rule twice.
fn scenario() -> Scenario {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    defaultAction: Deny\n    ipRules: [203.0.113.9, 203.0.113.9]\n",
        registry_id("contoso")
    );
    Scenario::new(&spec, &[premium_registry("contoso")])
}

/// The formats that have findings, each with what its result begins with.
const FORMATS: [(&str, &str); 6] = [
    ("markdown", "<!-- ringfence: "),
    ("sarif", "{\n  \"$schema\""),
    (
        "junit",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringfence\" ",
    ),
    ("gitlab", "["),
    ("github", ""),
    ("azure-pipelines", ""),
];

#[test]
fn plan_apply_audit_and_validate_write_every_format_in_one_run() {
    let rows: [(&[&str], i32); 5] = [
        (&["validate", "spec.yaml"], 0),
        (&["plan", "spec.yaml"], 0),
        (&["audit", "spec.yaml"], 2),
        (&["apply", "spec.yaml", "--yes"], 0),
        (&["restore", "--from", "last", "--yes"], 0),
    ];
    let scenario = scenario();
    for (words, code) in rows {
        let files: Vec<String> = FORMATS
            .map(|(format, _)| format!("{format}={format}.out"))
            .to_vec();
        let mut words = words.to_vec();
        for file in &files {
            words.extend(["-o", file]);
        }
        let run = match words[0] {
            "validate" => scenario.run_plain(&words),
            _ => scenario.run(&words),
        };
        assert_eq!(run.code, code, "{words:?}: {}", run.stderr);
        for (format, begin) in FORMATS {
            let text = scenario.read(&format!("{format}.out"));
            assert!(text.starts_with(begin), "{words:?} {format}: {text}");
        }
        let sarif: Value = serde_json::from_str(&scenario.read("sarif.out")).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
    }
}

#[test]
fn findings_of_a_spec_are_annotations_of_its_lines() {
    let scenario = scenario();
    let run = scenario.run_plain(&["validate", "spec.yaml", "-o", "github"]);
    assert!(
        run.stdout
            .starts_with("::warning file=spec.yaml,line=5,col=28,title=duplicate-rule "),
        "{}",
        run.stdout
    );
    scenario.write("spec.yaml", "version: 1\nregistry: []\n");
    let run = scenario.run_plain(&["validate", "spec.yaml", "-o", "github", "-o", "sarif=a.sarif"]);
    assert_eq!(run.code, 65);
    let sarif: Value = serde_json::from_str(&scenario.read("a.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unknown-key");
    assert!(
        run.stdout.contains(
            "::error file=spec.yaml,line=2,col=1,title=unknown-key A key is not in the schema::"
        ),
        "{}",
        run.stdout
    );
}

#[test]
fn failed_run_leaves_no_empty_list_of_findings() {
    let scenario = scenario();
    let words = [
        "-o",
        "sarif=a.sarif",
        "-o",
        "gitlab=a.json",
        "-o",
        "markdown=a.md",
        "-o",
        "github",
    ];
    let run = scenario.run(&[&["audit", "gone.yaml"][..], &words].concat());
    assert_eq!(run.code, 1);
    assert!(!scenario.path("a.sarif").exists() && !scenario.path("a.json").exists());
    assert!(scenario.read("a.md").contains("\n### ringfence: failed\n"));
    assert!(
        run.stdout
            .starts_with("::error title=io the run ended without a result::cannot read `gone.yaml`"),
        "{}",
        run.stdout
    );
}

#[test]
#[cfg(unix)]
fn files_are_named_from_the_top_of_the_repository() {
    let scenario = scenario();
    std::fs::create_dir_all(scenario.path("repo/.git")).unwrap();
    std::fs::create_dir_all(scenario.path("repo/infra/a b")).unwrap();
    std::fs::copy(scenario.path("spec.yaml"), scenario.path("repo/infra/a b/s.yaml")).unwrap();
    let folder = scenario.path("repo/infra");
    let run = run_in(
        &folder,
        &[
            "validate",
            "./a b/../a b/s.yaml",
            "-o",
            "sarif",
            "-o",
            "gitlab=q.json",
        ],
    );
    let sarif: Value = serde_json::from_str(&run.stdout).unwrap();
    let location = &sarif["runs"][0]["results"][0]["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"]["uri"],
        "infra/a%20b/s.yaml"
    );
    let issues: Value = serde_json::from_str(&scenario.read("repo/infra/q.json")).unwrap();
    assert_eq!(issues[0]["location"]["path"], "infra/a b/s.yaml");
}

#[test]
fn plan_audit_and_apply_write_a_page() {
    let scenario = scenario();
    for (command, code) in [("plan", 0), ("audit", 2), ("apply", 0)] {
        let mut words = vec![command, "spec.yaml", "-o", "html=page.html"];
        if command == "apply" {
            words.push("--yes");
        }
        let run = scenario.run(&words);
        assert_eq!(run.code, code, "{command}: {}", run.stderr);
        let page = scenario.read("page.html");
        let title = format!("<h1>ringfence {command}</h1>");
        assert!(
            page.starts_with("<!DOCTYPE html>") && page.contains(&title),
            "{page}"
        );
        assert!(
            page.contains("id=\"registry/contoso\"") && page.contains("ipRules"),
            "{page}"
        );
    }
    let run = scenario.run(&["restore", "--from", "last", "-o", "html"]);
    assert_eq!(run.code, 64);
}
