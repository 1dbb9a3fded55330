//! `--resume`: a run goes on where an earlier one ended, and nothing is written twice.

use std::collections::BTreeSet;

use ringfence::sandbox::Phase;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::apply::apply_run::{expect, fault, nth};
use crate::apply::sandbox_in_test::{Azure, Running};
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

const NAMES: [&str; 6] = ["alpha", "bravo", "charlie", "delta", "foxtrot", "hotel"];

fn spec_of(names: &[&str], address: &str) -> String {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in names {
        spec += &format!("  - id: {}\n    ipRules: [{address}]\n", registry_id(name));
    }
    spec
}

fn scenario() -> Scenario {
    let live: Vec<Value> = NAMES.iter().map(|name| premium_registry(name)).collect();
    Scenario::new(&spec_of(&NAMES, "203.0.113.9"), &live)
}

/// Names of the registries of the last run's requests with this method, each as often as it was sent.
fn sent(scenario: &Scenario, method: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (found, path) in scenario.requests() {
        if found == method && !path.ends_with("/registries") {
            names.push(path.rsplit('/').next().unwrap().to_owned());
        }
    }
    names.sort();
    names
}

fn json_of(scenario: &Scenario, name: &str) -> Value {
    serde_json::from_str(&scenario.read(name)).unwrap()
}

fn apply<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["apply", "spec.yaml", "--yes"][..], more].concat()
}

/// A run of six registries, one after the other, that a signal ends during the PATCH of the third.
fn interrupted(scenario: &Scenario) -> Azure {
    let held = registry_id("charlie");
    let (mut azure, reached) = Azure::serve_holding(scenario, move |event| {
        event.method == "PATCH" && event.path == held && event.phase == Phase::Before
    });
    let words = apply(&["--parallel", "1", "-o", "json=first.json"]);
    let mut running = Running::start(&mut azure.command(scenario, &words));
    running.wait_until(&reached);
    let pid = Pid::from_raw(running.child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    running.wait_for("interrupted: finishing the current step");
    azure.release_requests();
    expect(&running.end(), 143, &[]);
    azure
}

#[test]
fn interrupted_run_is_resumed_and_each_registry_written_once() {
    let scenario = scenario();
    let azure = interrupted(&scenario);
    assert_eq!(sent(&scenario, "PATCH"), NAMES[..3]);
    let rest = ["delta", "foxtrot", "hotel"];
    // A plan shows what is left.
    let run = azure.run(
        &scenario,
        &["plan", "spec.yaml", "--resume", "first.json", "-o", "json"],
    );
    expect(&run, 0, &["resuming: 3 of 6 registries are done"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["summary"]["registries"], 3);
    // The rest is written, and what was done is not even read.
    let run = azure.run(
        &scenario,
        &apply(&["--resume", "first.json", "-o", "json=second.json", "-o", "text"]),
    );
    expect(
        &run,
        0,
        &["6 of 6 registries verified", "3 registries done before"],
    );
    assert_eq!(sent(&scenario, "PATCH"), rest);
    let read: BTreeSet<String> = sent(&scenario, "GET").into_iter().collect();
    assert_eq!(read, rest.map(str::to_owned).into());
    let report = json_of(&scenario, "second.json");
    let summary = &report["summary"];
    assert_eq!(
        [&summary["registries"], &summary["verified"], &summary["earlier"]],
        [6, 6, 3]
    );
    assert_eq!(
        [&summary["add"], &summary["done"]],
        [3, 3],
        "changes are those of this run"
    );
    assert_eq!(report["earlier"].as_array().unwrap().len(), 3);
    // The second report has everything, so a third run has nothing to do.
    let run = azure.run(&scenario, &apply(&["--resume", "second.json"]));
    let end = "Nothing to do. 6 registries done before, not read again.\n";
    expect(&run, 0, &[end]);
    assert_eq!(scenario.requests(), []);
    // It merges as one shard, and restores as one run.
    let run = scenario.run_plain(&["report", "merge", "second.json", "-o", "json"]);
    let merged: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        merged["registries"].as_array().unwrap().len(),
        6,
        "{}",
        run.stderr
    );
    let run = azure.run(&scenario, &["restore", "--from", "second.json", "--yes"]);
    expect(&run, 0, &[]);
    assert_eq!(sent(&scenario, "PATCH"), NAMES);
}

#[test]
fn registry_that_failed_is_the_one_that_is_tried_again() {
    let scenario = scenario();
    let forbidden = json!([fault("PATCH", "/registries/delta", json!({"fault": 403}))]);
    scenario.write("faults.json", &forbidden.to_string());
    let run = scenario.run(&apply(&["--faults", "faults.json", "-o", "json=report.json"]));
    expect(&run, 4, &["5 of 6 registries verified"]);
    let run = scenario.run(&apply(&["--resume", "report.json", "-o", "json=second.json"]));
    expect(&run, 0, &["resuming: 5 of 6 registries are done"]);
    assert_eq!(sent(&scenario, "PATCH"), ["delta"]);
    assert_eq!(sent(&scenario, "GET"), ["delta", "delta"]);
    assert_eq!(json_of(&scenario, "second.json")["summary"]["verified"], 6);
}

/// An error in the place of the first report would lose what undoes it.
#[test]
fn earlier_report_is_not_written_over() {
    let scenario = scenario();
    expect(&scenario.run(&apply(&["-o", "json=report.json"])), 0, &[]);
    let run = scenario.run(&apply(&["--resume", "report.json", "-o", "json=report.json"]));
    expect(&run, 64, &["would overwrite"]);
    assert_eq!(json_of(&scenario, "report.json")["summary"]["verified"], 6);
}

#[test]
fn report_of_another_place_is_refused() {
    let scenario = scenario();
    expect(&scenario.run(&apply(&["-o", "json=report.json"])), 0, &[]);
    let mut report = json_of(&scenario, "report.json");
    assert_eq!(report["environment"], "sandbox");
    report["environment"] = json!("management.azure.com");
    scenario.write("elsewhere.json", &report.to_string());
    for command in ["plan", "apply"] {
        let run = scenario.run(&[command, "spec.yaml", "--resume", "elsewhere.json"]);
        expect(&run, 3, &["was taken in the environment `management.azure.com`"]);
        assert_eq!(scenario.requests(), []);
    }
    let new = ["plan", "spec.yaml", "--resume", "report.json", "--sandbox"];
    expect(&scenario.run_plain(&new), 64, &["nothing is done in it yet"]);
    // Another state is another sandbox.
    scenario.write("other.json", &scenario.read("state.json"));
    let other = [
        "apply",
        "spec.yaml",
        "--yes",
        "--resume",
        "report.json",
        "--sandbox=other.json",
    ];
    let told = ["is not a report of this sandbox", "leave --resume out"];
    expect(&scenario.run_plain(&other), 3, &told);
    expect(&scenario.run(&apply(&["--resume", "report.json"])), 0, &[]);
}

/// Nothing is read that could have the tag.
#[test]
fn tag_of_registries_that_are_done_is_no_mistake() {
    let mut live: Vec<Value> = NAMES.iter().map(|name| premium_registry(name)).collect();
    live[0]["tags"] = json!({"env": "prod"});
    let scenario = Scenario::new(&spec_of(&NAMES, "203.0.113.9"), &live);
    let tagged = ["--only", "tag:env=prod", "-o", "json=report.json"];
    expect(&scenario.run(&apply(&tagged)), 0, &[]);
    let again = ["--only", "tag:env=prod", "--resume", "report.json"];
    expect(
        &scenario.run(&apply(&again)),
        0,
        &["Nothing to do. 1 registry done before, not read again."],
    );
}

#[test]
fn entry_that_has_expired_since_is_not_done() {
    let scenario = scenario();
    let rules = "[198.51.100.7, {cidr: 203.0.113.9, expires: 2026-12-01}]";
    scenario.write(
        "spec.yaml",
        &spec_of(&["alpha"], "ADDRESS").replace("[ADDRESS]", rules),
    );
    let before = ["--as-of", "2026-11-30", "-o", "json=report.json"];
    expect(&scenario.run(&apply(&before)), 0, &[]);
    let run = scenario.run(&apply(&["--as-of", "2026-11-30", "--resume", "report.json"]));
    expect(&run, 0, &["resuming: 1 of 1 registries are done"]);
    let run = scenario.run(&apply(&["--as-of", "2026-12-01", "--resume", "report.json"]));
    expect(&run, 0, &["resuming: 0 of 1 registries are done"]);
    assert_eq!(sent(&scenario, "PATCH"), ["alpha"]);
}

/// IP rules of each registry.
fn rules(scenario: &Scenario) -> Vec<Value> {
    NAMES
        .map(|name| scenario.resource(name)["properties"]["networkRuleSet"]["ipRules"].clone())
        .to_vec()
}

/// Runs the undo command of a report, and checks that each registry has its rules of `before` again.
fn undo(scenario: &Scenario, report: &str, before: &[Value]) {
    let command = json_of(scenario, report)["undo"].as_str().unwrap().to_owned();
    let mut words: Vec<&str> = command.split(' ').skip(1).collect();
    words.push("--yes");
    expect(&scenario.run_plain(&words), 0, &[]);
    assert_eq!(rules(scenario), before, "{command}");
}

/// The write of a registry is not read back in the first run, and is there in the second one.
#[test]
fn undo_of_the_first_run_outlives_the_second_one() {
    let scenario = scenario();
    let before = rules(&scenario);
    let unread = nth(
        fault("GET", "/registries/alpha", json!({"fault": 403})),
        &[2, 3, 4, 5],
    );
    scenario.write("faults.json", &json!([unread]).to_string());
    let run = scenario.run(&apply(&["--faults", "faults.json", "-o", "json=first.json"]));
    expect(&run, 4, &[]);
    let run = scenario.run(&apply(&["--resume", "first.json", "-o", "json=second.json"]));
    expect(&run, 0, &["resuming: 5 of 6 registries are done"]);
    assert_eq!(sent(&scenario, "PATCH"), Vec::<String>::new());
    let second = json_of(&scenario, "second.json");
    assert_eq!(second["registries"][0]["outcome"], "unchanged");
    assert!(second["registries"][0]["undo"].is_object());
    undo(&scenario, "second.json", &before);
    // Its report alone is enough, too.
    expect(&scenario.run(&apply(&["-o", "json=third.json"])), 0, &[]);
    let run = scenario.run(&["restore", "--from", "second.json", "--yes"]);
    expect(&run, 0, &[]);
    assert_eq!(rules(&scenario), before);
}

/// Makes a first run that may not write one of the registries.
fn write_all_but_delta(scenario: &Scenario) {
    let forbidden = json!([fault("PATCH", "/registries/delta", json!({"fault": 403}))]);
    scenario.write("faults.json", &forbidden.to_string());
    expect(
        &scenario.run(&apply(&["--faults", "faults.json", "-o", "json=first.json"])),
        4,
        &[],
    );
}

/// A registry that both runs write goes back to the state before the first one.
#[test]
fn undo_of_two_writes_is_the_state_before_both() {
    let scenario = scenario();
    let before = rules(&scenario);
    write_all_but_delta(&scenario);
    scenario.write("spec.yaml", &spec_of(&NAMES, "198.51.100.7"));
    let run = scenario.run(&apply(&["--resume", "first.json", "-o", "json=second.json"]));
    expect(&run, 0, &["resuming: 0 of 6 registries are done"]);
    let command = json_of(&scenario, "second.json")["undo"].to_string();
    assert_eq!(
        command.matches(" --from").count(),
        2,
        "one for each run: {command}"
    );
    undo(&scenario, "second.json", &before);
}

/// Where others share the lists, each run knows its own change only, so neither state is the one before both.
#[test]
fn first_of_several_runs_counts_unless_others_share_the_lists() {
    for (ownership, code, told) in [
        ("exact", 0, ""),
        ("additive", 64, "two snapshots are of the same"),
    ] {
        let scenario = scenario();
        let before = rules(&scenario);
        for address in ["203.0.113.9", "198.51.100.7"] {
            let spec = spec_of(&["alpha"], address) + "    ownership: " + ownership + "\n";
            scenario.write("spec.yaml", &spec);
            expect(&scenario.run(&apply(&[])), 0, &[]);
        }
        let mut runs = Vec::new();
        for entry in std::fs::read_dir(scenario.records()).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                runs.push(entry.file_name().into_string().unwrap());
            }
        }
        runs.sort();
        let words = ["restore", "--yes", "--from", &runs[0], "--from", &runs[1]];
        expect(&scenario.run(&words), code, &[told]);
        assert_eq!(rules(&scenario) == before, code == 0, "{ownership}");
    }
}

#[test]
fn registries_that_a_resumed_run_leaves_out_stay_in_its_report() {
    let scenario = scenario();
    let before = rules(&scenario);
    write_all_but_delta(&scenario);
    // What was left undone and is left out again keeps the run from a success.
    let others = [
        "--resume",
        "first.json",
        "--except",
        "delta",
        "-o",
        "json=others.json",
        "-o",
        "text",
    ];
    expect(&scenario.run(&apply(&others)), 4, &["failed       delta (group "]);
    let run = scenario.run(&apply(&[
        "--resume",
        "others.json",
        "--only",
        "delta",
        "-o",
        "json=last.json",
    ]));
    expect(&run, 0, &[]);
    let last = json_of(&scenario, "last.json");
    assert_eq!(last["earlier"].as_array().unwrap().len(), 5);
    assert_eq!(
        [&last["summary"]["registries"], &last["summary"]["verified"]],
        [6, 6]
    );
    let run = scenario.run_plain(&["report", "merge", "last.json"]);
    expect(&run, 0, &["undo of last.json: ringfence restore --from"]);
    undo(&scenario, "last.json", &before);
}

#[test]
fn entry_that_has_changed_since_is_not_done() {
    let scenario = scenario();
    expect(&scenario.run(&apply(&["-o", "json=report.json"])), 0, &[]);
    let changed = spec_of(&NAMES[1..], "203.0.113.9")
        + spec_of(&["alpha"], "198.51.100.7")
            .split_once("registries:\n")
            .unwrap()
            .1;
    scenario.write("spec.yaml", &changed);
    let run = scenario.run(&apply(&["--resume", "report.json"]));
    expect(&run, 0, &["resuming: 5 of 6 registries are done"]);
    assert_eq!(sent(&scenario, "PATCH"), ["alpha"]);
}

/// Nothing can be done about it any more, so it must not keep each later run from a success.
#[test]
fn registry_that_failed_and_left_the_spec_is_left_out() {
    let scenario = scenario();
    write_all_but_delta(&scenario);
    let rest: Vec<&str> = NAMES.into_iter().filter(|name| *name != "delta").collect();
    scenario.write("spec.yaml", &spec_of(&rest, "203.0.113.9"));
    let run = scenario.run(&apply(&["--resume", "first.json", "-o", "json=last.json"]));
    expect(&run, 0, &[]);
    assert_eq!(json_of(&scenario, "last.json")["summary"]["registries"], 5);
}

#[test]
fn merged_report_is_resumed_too() {
    let scenario = scenario();
    for name in ["alpha", "bravo"] {
        let file = format!("json={name}.json");
        expect(&scenario.run(&apply(&["--only", name, "-o", &file])), 0, &[]);
    }
    let merge = [
        "report",
        "merge",
        "alpha.json",
        "bravo.json",
        "-o",
        "json=merged.json",
    ];
    expect(&scenario.run_plain(&merge), 0, &[]);
    let run = scenario.run(&apply(&["--resume", "merged.json"]));
    expect(&run, 0, &["resuming: 2 of 6 registries are done"]);
    assert_eq!(sent(&scenario, "PATCH"), NAMES[2..]);
}

#[test]
fn only_the_report_of_an_apply_is_resumed() {
    let scenario = scenario();
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.write("text.json", "no JSON");
    scenario.write("error.json", r#"{"format": "ringfence.error/1"}"#);
    for (file, told) in [
        ("plan.json", "it is `ringfence.plan/1`"),
        ("text.json", "it is not a report"),
        ("error.json", "ended without a result"),
        ("missing.json", "cannot read `missing.json`"),
    ] {
        let code = if file == "missing.json" { 1 } else { 64 };
        for command in ["plan", "apply"] {
            let run = scenario.run(&[command, "spec.yaml", "--resume", file]);
            expect(&run, code, &[told]);
            assert_eq!(scenario.requests(), []);
        }
    }
    let both = scenario.run(&apply(&["--resume", "plan.json", "--plan", "plan.json"]));
    expect(&both, 64, &["cannot be used with"]);
}

/// A run that is killed leaves no report. The same command then goes on: what was written needs nothing.
#[test]
fn killed_run_is_run_again_and_writes_nothing_twice() {
    let scenario = scenario();
    // The list has shown all registries, so this one is read right before its write.
    let held = registry_id("delta");
    let (mut azure, reached) = Azure::serve_holding(&scenario, move |event| {
        event.method == "GET" && event.path == held && event.phase == Phase::Before
    });
    let words = apply(&["--parallel", "1", "-o", "json=report.json"]);
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&reached);
    running.child.kill().unwrap();
    drop(running);
    azure.release_requests();
    assert!(!scenario.path("report.json").exists());
    let run = azure.run(&scenario, &words);
    expect(&run, 0, &[]);
    assert_eq!(sent(&scenario, "PATCH"), NAMES[3..]);
    let summary = json_of(&scenario, "report.json")["summary"].take();
    assert_eq!([&summary["verified"], &summary["shown"]], [3, 3]);
    let run = azure.run(&scenario, &["plan", "spec.yaml", "--detailed-exitcode"]);
    expect(&run, 0, &[]);
}
