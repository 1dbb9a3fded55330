//! Clouds that offer old api-versions only: what they hide is neither written nor called done.

use ringfence::sandbox::{LegacySubnetKey, Options};
use serde_json::{Value, json};

use super::apply_run::{
    DENY, count, denying, expect, nth, offers_only, only_read, patch, rules, with_subnet,
};
use super::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

/// Runs where ARM offers this version only. The report is in `report.json`.
fn run_at(version: &str, scenario: &Scenario, words: &[&str]) -> Run {
    scenario.write("faults.json", &offers_only(version).to_string());
    let flags = [
        "--yes",
        "--faults",
        "faults.json",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ];
    scenario.run(&[words, &flags].concat())
}

fn report(scenario: &Scenario) -> Value {
    serde_json::from_str(&scenario.read("report.json")).unwrap()
}

#[test]
fn new_subnet_rule_has_the_key_of_its_version() {
    for version in [
        "2019-05-01",
        "2019-12-01-preview",
        "2020-11-01-preview",
        "2021-12-01-preview",
        "2021-08-01-preview",
        "2026-03-01-preview",
    ] {
        let scenario = with_subnet(DENY);
        let run = run_at(version, &scenario, &["apply", "spec.yaml"]);
        expect(&run, 0, &["2 added, 2 changed, 0 removed"]);
    }
}

/// The sandbox answers 501 where no source tells what Azure answers.
#[test]
fn key_that_is_not_served_is_retried_with_the_other() {
    let scenario = with_subnet(DENY);
    let options = Options {
        subnet_key_2021_08: LegacySubnetKey::Id,
        faults: serde_json::from_value(offers_only("2021-08-01-preview")).unwrap(),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    expect(&azure.run(&scenario, &["apply", "spec.yaml", "--yes"]), 0, &[]);
    assert_eq!(
        rules(&scenario)["virtualNetworkRules"].as_array().unwrap().len(),
        1
    );
}

/// 2017-10-01 shows an empty list, whatever is there, and loses what is written (Azure/acr#246).
#[test]
fn version_that_loses_subnet_rules_is_refused_before_any_write() {
    let scenario = with_subnet(DENY);
    let run = run_at("2017-10-01", &scenario, &["apply", "spec.yaml"]);
    expect(&run, 3, &["subnet-rules-hidden", "Nothing was written"]);
    only_read(&scenario);
}

#[test]
fn opening_reports_its_changes_and_the_hidden_setting() {
    let registry = denying("contoso", &["203.0.113.7", "203.0.113.8"], false);
    let scenario = Scenario::new(&spec_of(""), &[registry]);
    let restore = ["restore", "--default-allow", &registry_id("contoso")];
    let run = run_at("2019-05-01", &scenario, &restore);
    expect(
        &run,
        4,
        &[
            "    done       defaultAction: Deny → Allow\n    done       ipRules: remove 2 rules\n    \
             unknown    publicNetworkAccess: is not shown by Azure\n",
            "0 added, 1 changed, 2 removed, 1 not known;",
        ],
    );
    assert!(!run.stdout.contains("failed"), "{}", run.stdout);
    let summary = &report(&scenario)["summary"];
    assert_eq!((&summary["failed"], &summary["unknown"]), (&json!(0), &json!(1)));
    // The second run has nothing to write, and says what it cannot see and what to do.
    let again = run_at("2019-05-01", &scenario, &restore);
    expect(
        &again,
        3,
        &[
            "all that can be seen is open already",
            "az acr update --name contoso --public-network-enabled true",
        ],
    );
}

/// A hidden setting has no change, so no further write can bring it.
#[test]
fn hidden_setting_is_no_reason_to_write_again() {
    let registry = denying("contoso", &["203.0.113.7"], false);
    let restore = ["restore", "--default-allow", &registry_id("contoso")];
    // The answer of the PATCH is lost after the registry has taken it.
    let scenario = Scenario::new(&spec_of(""), &[registry]);
    let mut faults = offers_only("2019-05-01");
    let lost = nth(patch(json!({"fault": "reset-after"})), &[1]);
    faults.as_array_mut().unwrap().push(lost);
    scenario.write("faults.json", &faults.to_string());
    let flags = ["--yes", "--faults", "faults.json"];
    expect(
        &scenario.run(&[&restore[..], &flags].concat()),
        4,
        &["is not shown by Azure"],
    );
    assert_eq!(count(&scenario, "PATCH"), 1);
}

#[test]
fn snapshot_with_hidden_settings_is_refused_once() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let run = run_at("2019-05-01", &scenario, &["restore", "--from", "last"]);
    expect(
        &run,
        3,
        &[
            "the snapshot has values for them",
            "restore again when Azure offers",
        ],
    );
    only_read(&scenario);
    let refusals = &report(&scenario)["registries"][0]["refusals"];
    assert_eq!(refusals.as_array().unwrap().len(), 1, "{refusals}");
    assert!(!run.stdout.contains("out of the spec"), "{}", run.stdout);
}

/// The rule list is hidden, and so is a setting.
#[test]
fn snapshot_with_hidden_rules_has_help_for_a_snapshot() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    let run = run_at("2025-11-01", &scenario, &["restore", "--from", "last"]);
    expect(
        &run,
        3,
        &["refused[subnet-rules-hidden]", "restore again when Azure offers"],
    );
    assert!(!run.stdout.contains("out of the spec"), "{}", run.stdout);
}

/// The snapshot was taken where the setting is hidden, and is restored where it shows.
#[test]
fn setting_that_the_snapshot_does_not_show_is_named() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    expect(&run_at("2019-05-01", &scenario, &["apply", "spec.yaml"]), 0, &[]);
    let run = scenario.run(&["restore", "--from", "last", "--yes"]);
    expect(
        &run,
        0,
        &["note[not-restored]: the snapshot does not show `publicNetworkAccess`"],
    );
}

/// What is hidden has not changed, as far as anyone knows.
#[test]
fn plan_is_stale_where_a_setting_is_hidden_now() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 0, &[]);
    let run = run_at("2019-05-01", &scenario, &["apply", "--plan", "plan.json"]);
    expect(
        &run,
        3,
        &["the plan is stale: api-version `2019-05-01` does not show `publicNetworkAccess`"],
    );
    assert!(!run.stdout.contains("changed on the registry"), "{}", run.stdout);
    only_read(&scenario);
}

/// The PATCH fails after the endpoint was turned on, so the registry itself is as before.
#[test]
fn undo_says_that_the_endpoint_stays_on() {
    let scenario = with_subnet(DENY);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    expect(
        &run,
        0,
        &["\n  It leaves the service endpoint of subnet hub/build as it is now.\n"],
    );
    let undo = scenario.run(&["restore", "--from", "last", "--yes"]);
    expect(
        &undo,
        0,
        &[
            "turned on the service endpoint of subnet hub/build, or was about to",
            "az network vnet subnet update --ids /subscriptions/",
        ],
    );
    assert_eq!(count(&scenario, "PUT"), 0);
}

#[test]
fn run_without_endpoints_says_nothing_of_them() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    expect(&run, 0, &["Undo: "]);
    assert!(!run.stdout.contains("service endpoint"), "{}", run.stdout);
}
