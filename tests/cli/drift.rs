//! `--fail-on drift`: live must be what the last run left.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

const LINES: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";
const PLAN: [&str; 4] = ["plan", "spec.yaml", "--fail-on", "drift"];

fn scenario(lines: &str) -> Scenario {
    Scenario::new(&spec_of(lines), &[premium_registry("contoso")])
}

fn expect(run: &Run, code: i32, words: &[&str]) {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    // Lines break where the terminal of the test ends.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}

fn apply(scenario: &Scenario) {
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
}

/// Writes the network rules of a registry past ringfence.
fn write_rules(scenario: &Scenario, name: &str, action: &str, ips: &[&str]) {
    let mut state = scenario.state();
    let rules: Vec<Value> = ips
        .iter()
        .map(|ip| json!({"action": "Allow", "value": ip}))
        .collect();
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["name"] == name {
            resource["properties"]["networkRuleSet"]["defaultAction"] = json!(action);
            resource["properties"]["networkRuleSet"]["ipRules"] = json!(rules);
        }
    }
    scenario.seed_state(&state);
}

#[test]
fn drift_is_not_judged_without_a_record() {
    let scenario = scenario(LINES);
    let words = [
        "refused[drift]: whether live is what the last run left is not known: no run has kept a record in `.ringfence/sandbox/state-",
        "apply once without --fail-on drift",
    ];
    expect(&scenario.run(&PLAN), 3, &words);
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--fail-on", "drift"]);
    expect(&run, 3, &["Nothing was written"]);
}

#[test]
fn drift_since_the_last_run_is_named_and_refused() {
    let scenario = scenario(LINES);
    apply(&scenario);
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
    // A new wish of the spec is not drift.
    scenario.write(
        "spec.yaml",
        &spec_of("    defaultAction: Deny\n    ipRules: [203.0.113.9]\n"),
    );
    expect(&scenario.run(&PLAN), 0, &["1 to add"]);
    write_rules(&scenario, "contoso", "Allow", &["198.51.100.7"]);
    let words = [
        "refused[drift]: live is not what the run of 20",
        "`defaultAction` was `Deny` and is `Allow`, `ipRules` gained `198.51.100.7`, `ipRules` lost `203.0.113.7`",
        "leave out --fail-on drift",
        "found: 3; allowed: 0",
    ];
    expect(&scenario.run(&PLAN), 3, &words);
    // Without the flag the state is taken over, and the record with it.
    apply(&scenario);
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
}

#[test]
fn run_without_changes_keeps_a_record() {
    let scenario = scenario("    defaultAction: Allow\n");
    apply(&scenario);
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
    let run = scenario.run(&["restore", "--from", "last", "--yes"]);
    expect(&run, 3, &["last"]);
}

#[test]
fn rules_of_others_are_not_drift() {
    let lines = format!("{LINES}    ownership: additive\n");
    let scenario = scenario(&lines);
    apply(&scenario);
    write_rules(&scenario, "contoso", "Deny", &["198.51.100.7", "203.0.113.7"]);
    expect(&scenario.run(&PLAN), 0, &[]);
    write_rules(&scenario, "contoso", "Deny", &["198.51.100.7"]);
    expect(&scenario.run(&PLAN), 3, &["`ipRules` lost `203.0.113.7`"]);
}

#[test]
fn drift_of_one_spec_names_its_registry() {
    let scenario = Scenario::new(
        &spec_of(LINES),
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    let other = format!(
        "version: 1\nregistries:\n  - id: {}\n{LINES}",
        registry_id("fabrikam")
    );
    scenario.write("other.yaml", &other);
    let both = ["apply", "spec.yaml", "other.yaml", "--yes", "--snapshots", "kept"];
    expect(&scenario.run(&both), 0, &[]);
    write_rules(&scenario, "fabrikam", "Deny", &[]);
    let words = [
        "plan",
        "spec.yaml",
        "other.yaml",
        "--fail-on",
        "drift",
        "--snapshots",
        "kept",
        "-o",
        "json",
    ];
    let run = scenario.run(&words);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["registries"][0]["refusals"], json!([]));
    let refusal = &plan["registries"][1]["refusals"][0];
    assert_eq!(refusal["code"], "drift");
    assert!(
        refusal["message"]
            .as_str()
            .unwrap()
            .contains("`ipRules` lost `203.0.113.7`")
    );
}

#[test]
fn spoiled_records_are_refused() {
    let scenario = scenario(LINES);
    apply(&scenario);
    let folder = scenario.records();
    let records = std::fs::read_dir(folder).unwrap();
    let record = records
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "left"))
        .unwrap();
    let text = std::fs::read_to_string(&record).unwrap();
    let rows = [
        (text.replace("contoso", "fabrikam"), "is about something else"),
        (
            text.replace("\"sandbox\"", "\"management.azure.com\""),
            "is about something else",
        ),
        (text[..text.len() / 2].to_owned(), "is not a record"),
        (text.replacen('{', "{\"more\": 1,", 1), "is not a record"),
    ];
    for (spoiled, words) in rows {
        std::fs::write(&record, spoiled).unwrap();
        expect(&scenario.run(&PLAN), 3, &["refused[drift]", words]);
    }
}

/// Two state files can hold the same registry. The last run on one says nothing about the other.
#[test]
fn state_files_have_records_of_their_own() {
    let scenario = scenario(LINES);
    apply(&scenario);
    std::fs::copy(scenario.path("state.json"), scenario.path("other.json")).unwrap();
    let other = |words: &[&str]| scenario.run_plain(&[words, &["--sandbox=other.json"]].concat());
    let run = other(&["restore", "--from", "last", "--yes"]);
    expect(
        &run,
        3,
        &["no snapshots of the run `last`", ".ringfence/sandbox/other-"],
    );
    expect(&other(&PLAN), 3, &["refused[drift]", "no run has kept a record"]);
    expect(&scenario.run(&PLAN), 0, &[]);
    // A path names the state all the same.
    let records = std::fs::read_dir(scenario.records()).unwrap();
    let run = records
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .expect("the folder of the run");
    let run = run.display().to_string();
    expect(
        &other(&["restore", "--from", &run, "--yes"]),
        0,
        &["applied and verified"],
    );
}
