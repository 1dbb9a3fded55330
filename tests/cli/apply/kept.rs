//! Writes that the service accepts and then stores otherwise.

use serde_json::{Value, json};

use super::apply_run::{
    DENY, apply, contoso, count, denying, expect, fault, ips, nth, patch, ready_vnet, rules,
};
use super::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;
use ringfence::sandbox::{AzurePolicy, Conditions, Options, PolicyEffect};

#[test]
fn lost_write_is_unverified_and_names_the_likely_cause() {
    let scenario = contoso(DENY);
    let before = rules(&scenario);
    let applied = apply(&scenario, &json!([patch(json!({"fault": "lost-write"}))]));
    applied.expect(
        4,
        &[
            "not-verified",
            "the write was accepted, but",
            "Azure Policy with effect Modify",
        ],
    );
    let action = applied.change("defaultAction");
    assert_eq!(action["outcome"], "failed");
    assert_eq!(action["error"]["code"], "not-verified");
    let ip = applied.change("ipRules");
    assert!(
        ip["error"]["message"]
            .as_str()
            .unwrap()
            .contains("lacks `203.0.113.7`")
    );
    assert_eq!(applied.report["registries"][0]["mode"]["after"], "open");
    assert!(applied.written());
    assert_eq!(rules(&scenario), before);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
}

#[test]
fn policy_rewrite_of_an_unchanged_setting_is_a_deviation() {
    let scenario = contoso(DENY);
    let applied = apply(&scenario, &json!([patch(json!({"fault": "policy-modify"}))]));
    applied.expect(
        4,
        &[
            "publicNetworkAccess",
            "not part of the plan",
            "Azure Policy with effect Modify",
            "until a spec with `publicNetworkAccess` sets it back",
        ],
    );
    assert_eq!(applied.deviations()[0]["path"], "publicNetworkAccess");
    assert_eq!(applied.change("ipRules")["outcome"], "done");
    assert_eq!(applied.steps(), ["failed"]);
    assert_eq!(applied.report["summary"]["verified"], 0);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
}

/// The built-in policy a3701552-92ea-433e-9d17-33b7f1208fc9.
#[test]
fn modify_policy_is_detected_by_reading_back() {
    let scenario = contoso(DENY);
    let policy = AzurePolicy {
        effect: PolicyEffect::DisablePublicAccess,
        scope: registry_id("contoso"),
    };
    let conditions = Conditions {
        policies: vec![policy],
        ..Conditions::default()
    };
    let azure = Azure::serve(
        &scenario,
        Options {
            conditions,
            ..Options::default()
        },
    );
    let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes"]);
    expect(
        &run,
        4,
        &["publicNetworkAccess", "is \"Disabled\", not \"Enabled\""],
    );
}

/// A rule of another writer that appears between our write and our read.
fn with_a_foreign_rule() -> Value {
    let rules =
        json!([{"action": "Allow", "value": "203.0.113.7"}, {"action": "Allow", "value": "8.8.8.8"}]);
    json!([patch(json!({
        "fault": "policy-modify", "set": {"properties": {"networkRuleSet": {"ipRules": rules}}}
    }))])
}

#[test]
fn new_foreign_rule_deviates_only_under_exact_ownership() {
    for (lines, code) in [
        ("", 4),
        ("    ownership: additive\n", 0),
        ("    ignore: [8.8.0.0/16]\n", 0),
    ] {
        let scenario = contoso(&format!("{DENY}{lines}"));
        let applied = apply(&scenario, &with_a_foreign_rule());
        applied.expect(code, &[]);
        assert_eq!(ips(&scenario), ["203.0.113.7", "8.8.8.8"]);
        if code == 4 {
            let message = applied.change("ipRules")["error"]["message"].to_string();
            assert!(
                message.contains("has `8.8.8.8`, which the spec does not list"),
                "{message}"
            );
        }
    }
}

/// A policy that replaces the list by one of the same length.
#[test]
fn list_of_the_same_length_is_not_told_as_before() {
    let spec = spec_of("    ipRules: [203.0.113.8]\n");
    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.7"], false)]);
    let rules = json!([{"action": "Allow", "value": "203.0.113.9"}]);
    let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
    let faults = json!([patch(json!({"fault": "policy-modify", "set": set}))]);
    scenario.write("faults.json", &faults.to_string());
    let override_flags = ["--override", "removals", "--override", "last-rule"];
    let words = ["apply", "spec.yaml", "--yes", "--faults", "faults.json"];
    let run = scenario.run(&[&words[..], &override_flags[..]].concat());
    expect(
        &run,
        4,
        &["lacks `203.0.113.8`", "selected networks (1 IP, 0 subnets)"],
    );
    // The plan keeps the mode, and what came of it does not.
    let (_, report) = run.stdout.split_once("! contoso").expect("a failure");
    assert!(!report.contains("as before"), "{report}");
}

#[test]
fn lost_unmanaged_list_is_a_deviation() {
    let spec = spec_of("    ipRules: [203.0.113.7, 203.0.113.8]\n");
    let resources = [denying("contoso", &["203.0.113.7"], true), ready_vnet()];
    let scenario = Scenario::new(&spec, &resources);
    let conditions = Conditions {
        denied_joins: vec![subnet_id("hub", "build").to_string()],
        ..Conditions::default()
    };
    let azure = Azure::serve(
        &scenario,
        Options {
            conditions,
            omitted_lists_clear: true,
            ..Options::default()
        },
    );
    let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-o", "json"]);
    expect(&run, 4, &["which was to stay", "undo command restores it"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let deviation = &report["registries"][0]["deviations"][0];
    assert_eq!(deviation["path"], "networkRuleSet.virtualNetworkRules");
    assert_eq!(rules(&scenario)["virtualNetworkRules"], json!([]));
    let undo = report["undo"].as_str().unwrap();
    assert!(undo.starts_with("ringfence restore --from "), "{undo}");
}

#[test]
fn dropped_subnet_rule_suggests_an_unregistered_provider() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), ready_vnet()]);
    let set = json!({"properties": {"networkRuleSet": {"virtualNetworkRules": []}}});
    let applied = apply(
        &scenario,
        &json!([patch(json!({"fault": "policy-modify", "set": set}))]),
    );
    applied.expect(4, &["not-verified", "lacks `", "Azure/acr#249"]);
    assert_eq!(applied.change("virtualNetworkRules")["outcome"], "failed");
    assert_eq!(count(&scenario, "PATCH"), 2, "the other spelling is tried once");
}

/// A registry whose rules name two subnets of two networks, whose endpoints are off.
fn rules_without_endpoints() -> Scenario {
    let subnets = [subnet_id("hub", "build"), subnet_id("spoke", "run")];
    let ids: Vec<&str> = subnets.iter().map(|id| id.as_str()).collect();
    let mut registry = denying("contoso", &[], true);
    let rules = ids.iter().map(|id| json!({"action": "Allow", "id": id}));
    registry["properties"]["networkRuleSet"]["virtualNetworkRules"] = rules.collect();
    let networks = [vnet_body(&subnets[..1]), vnet_body(&subnets[1..])];
    let spec = spec_of(&format!("    subnets: [{}]\n", ids.join(", ")));
    Scenario::new(&spec, &[&[registry], &networks[..]].concat())
}

const TURN_ON: [&str; 6] = ["apply", "spec.yaml", "--yes", "--verify-endpoints", "-o", "json"];

/// Turns the endpoints on with a fault of the first PUT, and returns the run with the outcomes of the steps.
fn turn_on(scenario: &Scenario, body: Value) -> (Run, Value) {
    let put = fault("PUT", "/subnets/build", body);
    scenario.write("faults.json", &json!([nth(put, &[1])]).to_string());
    let run = scenario.run(&[&TURN_ON[..], &["--faults", "faults.json"]].concat());
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let steps = &report["registries"][0]["steps"];
    let outcomes = json!([steps[0]["outcome"], steps[1]["outcome"]]);
    (run, outcomes)
}

/// The registry's rule is there already, so no write of the registry proves the endpoint.
#[test]
fn lost_endpoint_write_is_detected_by_reading_back() {
    let scenario = rules_without_endpoints();
    let (run, outcomes) = turn_on(&scenario, json!({"fault": "lost-write"}));
    expect(&run, 4, &["a read after it does not show the service endpoint"]);
    assert_eq!(outcomes, json!(["failed", "done"]));
    expect(&scenario.run(&TURN_ON), 0, &[]);
    expect(
        &scenario.run(&["plan", "spec.yaml", "--verify-endpoints", "--detailed-exitcode"]),
        0,
        &[],
    );
}

#[test]
fn subnet_read_that_lags_is_repeated_a_few_times() {
    for (reads, code) in [(3, 0), (100, 4)] {
        let scenario = rules_without_endpoints();
        let (run, _) = turn_on(&scenario, json!({"fault": "stale-reads", "reads": reads}));
        expect(&run, code, &[]);
    }
}

#[test]
fn registry_read_that_lags_is_repeated_a_few_times() {
    for (reads, code, gets) in [(3, 0, 5), (100, 4, 6)] {
        let scenario = contoso(DENY);
        let lags = patch(json!({"fault": "stale-reads", "reads": reads}));
        apply(&scenario, &json!([lags])).expect(code, &[]);
        assert_eq!(count(&scenario, "PATCH"), 1);
        assert_eq!(count(&scenario, "GET"), gets, "{reads}");
        assert_eq!(ips(&scenario), ["203.0.113.7"]);
    }
}

/// A read with the time of our write is not older than it.
#[test]
fn deviation_with_the_time_of_the_write_is_reported_at_once() {
    let scenario = contoso(DENY);
    apply(&scenario, &json!([patch(json!({"fault": "policy-modify"}))])).expect(4, &[]);
    assert_eq!(count(&scenario, "GET"), 2);
}

/// The service answers one thing and keeps another. Nobody else has written.
#[test]
fn rule_that_our_write_added_to_an_unmanaged_list_is_a_deviation() {
    let spec = spec_of("    defaultAction: Allow\n");
    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.7"], false)]);
    let applied = apply(&scenario, &with_a_foreign_rule());
    applied.expect(4, &["has `8.8.8.8`", "not part of the plan"]);
    assert_eq!(applied.deviations()[0]["path"], "networkRuleSet.ipRules");
    assert_eq!(applied.change("defaultAction")["outcome"], "done");
}
