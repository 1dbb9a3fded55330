//! The action and the workflows for GitHub.

use std::process::Command;

use serde_json::Value;

use super::script::{ARGUMENTS, program, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

/// Runs the step of the action.
fn step(scenario: &Scenario, command: &str, arguments: &str) -> Run {
    let variables = [
        ("COMMAND", command),
        ("ARGUMENTS", arguments),
        // The action gives an input that is left out as an empty variable.
        ("RINGFENCE_SHARD", ""),
        ("RINGFENCE_MARKER", ""),
        // A step begins with empty files.
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", "summary.md"),
        ("GITHUB_OUTPUT", "output.txt"),
    ];
    for file in ["summary.md", "output.txt"] {
        scenario.write(file, "");
    }
    run(scenario, "github/step.sh", &[], &variables)
}

/// Reads the outputs of a step as GitHub does: `name=value`, or `name<<END`, the value, `END`.
fn outputs(scenario: &Scenario) -> Vec<(String, String)> {
    let text = scenario.read("output.txt");
    let mut lines = text.lines();
    let mut outputs = Vec::new();
    while let Some(line) = lines.next() {
        match line.split_once("<<") {
            Some((name, end)) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                outputs.push((name.to_owned(), value.join("\n")));
            }
            None => {
                let (name, value) = line.split_once('=').unwrap();
                outputs.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    outputs
}

fn output(scenario: &Scenario, name: &str) -> String {
    let found = outputs(scenario).into_iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

#[test]
fn plan_with_changes_succeeds_and_says_so_in_output_and_summary() {
    let scenario = scenario();
    let ended = step(&scenario, "plan", ARGUMENTS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        outputs(&scenario),
        [
            ("changes", "true"),
            ("add", "1"),
            ("change", "1"),
            ("remove", "0"),
            ("refusals", "0"),
            ("unread", "0"),
            ("exit-code", "2"),
            ("folder", "ringfence-out"),
            ("markdown", "ringfence-out/plan.md")
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let summary = scenario.read("summary.md");
    assert!(
        summary.starts_with(
            "<!-- ringfence: plan -->\n### ringfence plan: changes to review\n\nPlan: 1 to add, "
        ),
        "{summary}"
    );
    assert!(ended.stdout.contains("Plan: 1 to add"), "{}", ended.stdout);
    let plan: Value = serde_json::from_str(&scenario.read("ringfence-out/plan.json")).unwrap();
    assert_eq!(plan["format"], "ringfence.plan/1");
}

#[test]
fn text_of_a_spec_stays_code_in_the_comment() {
    let scenario = scenario();
    step(&scenario, "plan", ARGUMENTS);
    let body = scenario.read("ringfence-out/plan.md");
    assert!(body.contains("@all"), "{body}");
    let (_, text) = body.split_once("</summary>\n").unwrap();
    let (text, _) = text.split_once("\n</details>").unwrap();
    for line in text.lines() {
        assert!(line.is_empty() || line.starts_with("    "), "{line}");
    }
}

#[test]
fn comments_have_the_marker_of_the_run() {
    let scenario = scenario();
    let words: Vec<&str> = ["plan"].into_iter().chain(ARGUMENTS.split(' ')).collect();
    run(
        &scenario,
        "run.sh",
        &words,
        &[("RINGFENCE_MARKER", "plan staging")],
    );
    let body = scenario.read("ringfence-out/plan.md");
    assert!(
        body.starts_with("<!-- ringfence: plan staging -->\n### ringfence plan: "),
        "{body}"
    );
    // A stand-in for a binary that is killed.
    program(&scenario, "ringfence", "#!/bin/sh\nexit 137\n");
    let ended = run(&scenario, "run.sh", &words, &[]);
    assert_eq!(ended.code, 137);
    assert_eq!(
        scenario.read("ringfence-out/plan.md"),
        "<!-- ringfence: plan -->\n### ringfence plan: ended without a result (exit 137)\n"
    );
}

#[test]
fn apply_keeps_report_and_snapshots_and_audit_finds_no_drift() {
    let scenario = scenario();
    let ended = step(&scenario, "apply", ARGUMENTS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report: Value = serde_json::from_str(&scenario.read("ringfence-out/apply.json")).unwrap();
    assert_eq!(report["summary"]["verified"], 1);
    let run = report["run"].as_str().unwrap();
    let snapshots = scenario.path(&format!("ringfence-out/snapshots/{run}"));
    assert_eq!(snapshots.read_dir().unwrap().count(), 1);
    let ended = step(&scenario, "audit", ARGUMENTS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(output(&scenario, "exit-code"), "0");
    assert_eq!(output(&scenario, "drift"), "false");
}

#[test]
fn drift_is_an_output_and_no_failure() {
    let scenario = scenario();
    let ended = step(&scenario, "audit", ARGUMENTS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(output(&scenario, "exit-code"), "2");
    assert_eq!(output(&scenario, "drift"), "true");
    assert!(
        ended.stdout.contains("\n::error file=spec.yaml,line=4,"),
        "{}",
        ended.stdout
    );
    assert!(scenario.read("summary.md").contains("ringfence audit: drift"));
    assert_eq!(output(&scenario, "sarif"), "ringfence-out/audit.sarif");
    let log: Value = serde_json::from_str(&scenario.read("ringfence-out/audit.sarif")).unwrap();
    assert!(!log["runs"][0]["results"].as_array().unwrap().is_empty());
    // An audit that could not read a registry has no log to upload.
    let ended = step(&scenario, "audit", &format!("{ARGUMENTS} --registry nowhere"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(scenario.path("ringfence-out/audit.sarif").exists());
    assert_eq!(output(&scenario, "sarif"), "");
}

#[test]
fn shards_are_merged_into_one_summary() {
    let scenario = scenario();
    for shard in ["1", "2"] {
        let part = format!("{shard}/2");
        let variables = [("RINGFENCE_SHARD", part.as_str()), ("RINGFENCE_OUT", shard)];
        let words: Vec<&str> = ["plan"].into_iter().chain(ARGUMENTS.split(' ')).collect();
        run(&scenario, "run.sh", &words, &variables);
    }
    let ended = step(&scenario, "report", "1/plan.json\n2/plan.json\n--shards 2");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(output(&scenario, "changes"), "true");
    let summary = scenario.read("summary.md");
    assert!(
        summary.contains("ringfence report: changes to review"),
        "{summary}"
    );
    let report: Value = serde_json::from_str(&scenario.read("ringfence-out/report.json")).unwrap();
    assert_eq!(report["summary"]["registries"], 1);
    let ended = step(&scenario, "report", "1/plan.json --shards 2");
    assert_eq!(ended.code, 64, "{}", ended.stderr);
}

#[test]
fn failed_run_fails_with_its_reason_in_the_summary() {
    let scenario = scenario();
    step(&scenario, "plan", ARGUMENTS);
    let ended = step(&scenario, "plan", "gone.yaml");
    assert_eq!(ended.code, 1);
    let body = scenario.read("ringfence-out/plan.md");
    assert!(
        body.starts_with("<!-- ringfence: plan -->\n### ringfence: failed\n"),
        "{body}"
    );
    assert!(body.contains("    error[io]: cannot read `gone.yaml`"), "{body}");
    assert!(
        !scenario.path("ringfence-out/plan.txt").exists(),
        "the result of the first run is gone"
    );
}

/// Runs the installation of the action.
fn install(scenario: &Scenario, source: &[(&str, &str)]) -> Run {
    let temp = scenario.path("temp").display().to_string();
    let base = [("RUNNER_TEMP", temp.as_str()), ("GITHUB_PATH", "path.txt")];
    run(scenario, "github/install.sh", &[], &[&base, source].concat())
}

/// Returns the SHA-256 of a file of the scenario.
fn sha256(scenario: &Scenario, name: &str) -> String {
    let output = Command::new("sha256sum")
        .arg(scenario.path(name))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(' ').next().unwrap().to_owned()
}

#[test]
fn install_takes_a_download_only_with_its_checksum() {
    let scenario = scenario();
    scenario.write("release", "#!/bin/sh\necho ringfence 9\n");
    // A stand-in for curl. Its last two words are the file to write and the URL.
    program(
        &scenario,
        "curl",
        "#!/bin/sh\nfor word; do file=$last; last=$word; done\ncp release \"$file\"\n",
    );
    let sums = [sha256(&scenario, "spec.yaml"), sha256(&scenario, "release")];
    let url = ("URL", "https://example.org/ringfence");
    let wrong = install(&scenario, &[url, ("SHA256", &sums[0])]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.stderr.contains("does not have the SHA-256"),
        "{}",
        wrong.stderr
    );
    assert!(!scenario.path("path.txt").exists());
    assert!(!scenario.path("temp/ringfence-bin/ringfence").exists());
    for source in [vec![url, ("SHA256", &sums[1])], vec![("BINARY", "release")]] {
        let right = install(&scenario, &source);
        assert_eq!((right.code, right.stdout.as_str()), (0, "ringfence 9\n"));
    }
    assert!(scenario.read("path.txt").ends_with("temp/ringfence-bin\n"));
}

/// Runs git in the folder of the scenario.
fn git(scenario: &Scenario, words: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    let output = Command::new("git")
        .args(identity)
        .args(words)
        .current_dir(scenario.path(""))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn pull_request_from_a_fork_is_compared_without_azure() {
    let scenario = scenario();
    std::fs::create_dir(scenario.path("specs")).unwrap();
    let spec = scenario.read("spec.yaml");
    scenario.write("specs/a.yaml", &spec);
    git(&scenario, &["init", "--quiet"]);
    git(&scenario, &["commit", "--quiet", "--allow-empty", "-m", "empty"]);
    git(&scenario, &["add", "specs"]);
    git(&scenario, &["commit", "--quiet", "-m", "spec"]);
    scenario.write("specs/a.yaml", &spec.replace("203.0.113.9", "203.0.113.10"));
    let variables = [("GITHUB_STEP_SUMMARY", "summary.md")];
    let words = ["HEAD", "specs"];
    let ended = run(&scenario, "github/offline.sh", &words, &variables);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let summary = scenario.read("summary.md");
    assert!(summary.contains("\n    "), "{summary}");
    assert!(summary.contains("203.0.113.10"), "{summary}");
    // A base without the folder has nothing to compare with.
    let ended = run(&scenario, "github/offline.sh", &["HEAD^", "specs"], &variables);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(scenario.read("summary.md").ends_with("specs is new.\n"));
    scenario.write("specs/a.yaml", "version: 1\nregistries: 7\n");
    let ended = run(&scenario, "github/offline.sh", &words, &variables);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    // The pull request that mends an invalid spec passes.
    git(&scenario, &["commit", "--quiet", "-a", "-m", "invalid"]);
    scenario.write("specs/a.yaml", &spec);
    scenario.write("summary.md", "");
    let ended = run(&scenario, "github/offline.sh", &words, &variables);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let summary = scenario.read("summary.md");
    assert_eq!(
        summary,
        "specs is valid, and the one of the base is not: they cannot be compared.\n"
    );
}

/// A stand-in for gh: the head of the pull request is `HEAD`, and its plan is that of the scenario.
const GH: &str = r#"#!/bin/bash
set -eu
case "$1 $2" in
"api repos/team/specs/commits/merged/pulls") cat head.txt ;;
"run list") [ ! -f plan.json ] || echo 42 ;;
"run download") cp plan.json "${!#}/plan.json" ;;
*) exit 9 ;;
esac
"#;

/// Returns the words that the apply of a merged commit gets.
fn reviewed(scenario: &Scenario) -> Run {
    program(scenario, "gh", GH);
    let variables = [("GITHUB_REPOSITORY", "team/specs"), ("GITHUB_SHA", "merged")];
    let words = ["ringfence plan", "ringfence-plan"];
    run(scenario, "github/reviewed.sh", &words, &variables)
}

#[test]
fn merged_commit_applies_the_plan_of_its_pull_request() {
    let scenario = scenario();
    scenario.write("head.txt", "");
    let ended = reviewed(&scenario);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("is from no pull request"),
        "{}",
        ended.stderr
    );
    scenario.write("head.txt", "HEAD\n");
    let ended = reviewed(&scenario);
    assert!(
        ended.stderr.contains("no plan of HEAD has succeeded"),
        "{}",
        ended.stderr
    );
    step(&scenario, "plan", ARGUMENTS);
    std::fs::copy(
        scenario.path("ringfence-out/plan.json"),
        scenario.path("plan.json"),
    )
    .unwrap();
    let ended = reviewed(&scenario);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let flag = ended.stdout.trim().strip_prefix("arguments=").unwrap().to_owned();
    // The spec that was merged makes another plan than the one that was reviewed.
    let spec = scenario.read("spec.yaml");
    scenario.write("spec.yaml", &spec.replace("203.0.113.9", "203.0.113.10"));
    let ended = step(&scenario, "apply", &format!("{ARGUMENTS} {flag}"));
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    scenario.write("spec.yaml", &spec);
    let ended = step(&scenario, "apply", &format!("{ARGUMENTS} {flag}"));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}
