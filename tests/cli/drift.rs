//! `--fail-on drift`: live must be what the last run left.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

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

/// The spec of [`LINES`] with subnet `hub/build`, whose endpoint is off.
fn with_subnet(more: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!("{LINES}    subnets: [{subnet}]\n{more}"));
    Scenario::new(&spec, &[premium_registry("contoso"), vnet_body(&[subnet])])
}

/// Turns the service endpoints of the subnet `hub/build` on or off past ringfence.
fn write_endpoint(scenario: &Scenario, is_on: bool) {
    let mut state = scenario.state();
    let on = json!([{"provisioningState": "Succeeded", "service": "Microsoft.ContainerRegistry", "locations": ["*"]}]);
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["name"] == "hub" {
            let properties = &mut resource["properties"]["subnets"][0]["properties"];
            properties["serviceEndpoints"] = if is_on { on.clone() } else { json!([]) };
        }
    }
    scenario.seed_state(&state);
}

/// The path of the one record in the folder of snapshots.
fn record(scenario: &Scenario) -> std::path::PathBuf {
    let records = std::fs::read_dir(scenario.records()).unwrap();
    records
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "left"))
        .unwrap()
}

/// Applies with these faults.
fn apply_with(scenario: &Scenario, faults: &Value) -> Run {
    scenario.write("faults.json", &faults.to_string());
    scenario.run(&["apply", "spec.yaml", "--yes", "--faults", "faults.json"])
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
    let record = record(&scenario);
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

#[test]
fn service_endpoint_that_was_turned_off_is_drift() {
    let scenario = with_subnet("");
    apply(&scenario);
    let verifying = [&PLAN[..], &["--verify-endpoints"]].concat();
    for words in [&PLAN[..], &verifying] {
        write_endpoint(&scenario, true);
        expect(&scenario.run(words), 0, &["No changes."]);
        write_endpoint(&scenario, false);
        let lost = "the service endpoint of `hub/build` was on and is off";
        expect(&scenario.run(words), 3, &["refused[drift]", lost]);
    }
    // One read of the subnet is the price.
    let paths = scenario.requests().into_iter().map(|(_, path)| path);
    let names: Vec<String> = paths
        .map(|path| path.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["contoso", "build"]);
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes", "--verify-endpoints"]),
        0,
        &[],
    );
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
}

#[test]
fn service_endpoints_of_others_are_not_drift() {
    let scenario = with_subnet("    serviceEndpoints: assume\n");
    write_endpoint(&scenario, true);
    apply(&scenario);
    write_endpoint(&scenario, false);
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
}

/// The endpoint of a subnet that is new in the spec may be off.
#[test]
fn endpoint_of_a_new_subnet_is_not_drift() {
    let scenario = with_subnet("");
    let spec = scenario.read("spec.yaml");
    scenario.write("spec.yaml", &spec_of(LINES));
    apply(&scenario);
    scenario.write("spec.yaml", &spec);
    expect(&scenario.run(&PLAN), 0, &["its service endpoint is turned on"]);
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes", "--fail-on", "drift"]),
        0,
        &[],
    );
}

/// Records of earlier versions have the endpoints as they were read before the run, and no `begun`.
#[test]
fn older_records_are_read_and_say_nothing_of_endpoints() {
    let scenario = with_subnet("");
    apply(&scenario);
    let record = record(&scenario);
    let mut older: Value = serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
    assert_eq!(older.get("begun"), None);
    for subnets in [json!({}), json!({subnet_id("hub", "build").as_str(): false})] {
        older["state"]["subnets"] = subnets;
        std::fs::write(&record, older.to_string()).unwrap();
        write_endpoint(&scenario, true);
        expect(&scenario.run(&PLAN), 0, &["No changes."]);
        write_endpoint(&scenario, false);
        let lost = "is not known: the service endpoint of `hub/build` is off, and the run of 20";
        expect(&scenario.run(&PLAN), 3, &[lost]);
    }
}

/// The answer to the PATCH is lost, and so is every read after it.
#[test]
fn write_of_a_run_that_stopped_half_way_is_not_drift() {
    let scenario = with_subnet("");
    let subnets = scenario.read("spec.yaml");
    scenario.write("spec.yaml", &spec_of(LINES));
    apply(&scenario);
    scenario.write("spec.yaml", &subnets.replace("203.0.113.7", "203.0.113.9"));
    let denied = json!({"fault": 403, "code": "AuthorizationFailed", "message": "no read",
        "match": {"method": "GET", "path": "/registries/contoso", "nth": [3, 4, 5, 6, 7, 8]}});
    let run = apply_with(&scenario, &json!([denied]));
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
    let rules = &scenario.resource("contoso")["properties"]["networkRuleSet"];
    assert_eq!(rules["ipRules"][0]["value"], "203.0.113.9");
    expect(&scenario.run(&PLAN), 0, &["No changes."]);
    // A change of somebody else is told all the same, and nothing but that.
    write_rules(&scenario, "contoso", "Deny", &["203.0.113.9", "198.51.100.7"]);
    expect(
        &scenario.run(&PLAN),
        3,
        &["`ipRules` gained `198.51.100.7`", "found: 1; allowed: 0"],
    );
}

/// Without the record, a later run would tell this write as somebody else's.
#[test]
fn record_that_cannot_be_kept_stops_the_write() {
    let scenario = scenario(LINES);
    apply(&scenario);
    let record = record(&scenario);
    std::fs::remove_file(&record).unwrap();
    std::fs::create_dir(&record).unwrap();
    scenario.write("spec.yaml", &spec_of("    defaultAction: Allow\n"));
    let words = [
        "cannot save a record of the changes that begin in",
        "--snapshots DIR",
        "Nothing was written",
    ];
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 1, &words);
    let requests = scenario.requests();
    assert!(requests.iter().all(|(method, _)| method == "GET"), "{requests:?}");
}

/// A run that comes to nothing leaves the older record: it is no reason to take over a change of somebody else.
#[test]
fn run_that_writes_nothing_leaves_the_older_record() {
    let scenario = scenario(LINES);
    let refused = json!([{"fault": 403, "code": "AuthorizationFailed", "message": "no write",
        "match": {"method": "PATCH", "path": "/registries/contoso"}}]);
    assert_eq!(apply_with(&scenario, &refused).code, 1);
    expect(&scenario.run(&PLAN), 3, &["no run has kept a record"]);
    apply(&scenario);
    let before = std::fs::read_to_string(record(&scenario)).unwrap();
    write_rules(&scenario, "contoso", "Deny", &["198.51.100.7"]);
    assert_eq!(apply_with(&scenario, &refused).code, 1);
    assert_eq!(std::fs::read_to_string(record(&scenario)).unwrap(), before);
    expect(
        &scenario.run(&PLAN),
        3,
        &["gained `198.51.100.7`", "lost `203.0.113.7`"],
    );
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

/// An api-version that hides a setting tells nothing of it.
#[test]
fn setting_hidden_from_the_last_run_is_unknown_and_not_drift() {
    let scenario = scenario(&format!("{LINES}    trustedServices: true\n"));
    apply(&scenario);
    let record = record(&scenario);
    let mut hidden: Value = serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
    let state = hidden["state"].as_object_mut().unwrap();
    assert!(state.remove("networkRuleBypassOptions").is_some(), "{state:?}");
    std::fs::write(&record, hidden.to_string()).unwrap();
    let run = scenario.run(&PLAN);
    let words = [
        "whether live is what the last run left is not known: `trustedServices` was not shown to the run of 20",
        "apply once without --fail-on drift",
    ];
    expect(&run, 3, &words);
    assert!(!run.stdout.contains("is not what"), "{}", run.stdout);
    // A change that is known is told first.
    write_rules(&scenario, "contoso", "Deny", &[]);
    let words = [
        "`ipRules` lost `203.0.113.7`; not known: `trustedServices`",
        "found: 1; allowed: 0",
    ];
    expect(&scenario.run(&PLAN), 3, &words);
}
