//! Join rights on subnets, and the two keys for the subnet id of a rule.

use ringfence::sandbox::{Conditions, Fault, LegacySubnetKey, Options};
use serde_json::{Value, json};

use super::apply_run::{
    apply, denying, expect, ips, nth, only_read, patch, ready_vnet, rules, with_subnet,
};
use super::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

const LONG: &str = "virtualNetworkSubnetResourceId";

fn may_not_join() -> Options {
    let conditions = Conditions {
        denied_joins: vec![subnet_id("hub", "build").to_string()],
        ..Conditions::default()
    };
    Options {
        conditions,
        ..Options::default()
    }
}

/// The rule sets of the PATCHes of the last run.
fn sent(scenario: &Scenario) -> Vec<Value> {
    let log = scenario.read("requests.jsonl");
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    log.lines()
        .map(line)
        .filter(|line| line["method"] == "PATCH")
        .map(|line| line["body"]["properties"]["networkRuleSet"].clone())
        .collect()
}

/// A registry without subnet rules, and a spec that wants a subnet whose endpoint is on.
fn wants_a_subnet() -> Scenario {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    Scenario::new(&spec, &[premium_registry("contoso"), ready_vnet()])
}

/// The list has a rule of someone else whose subnet is gone, so Azure refuses it. The other spelling of the id is refused too: the
/// sandbox answers 501 to it.
#[test]
fn write_that_is_refused_in_both_spellings_wrote_nothing() {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!("    ownership: additive\n    subnets: [{subnet}]\n"));
    let mut registry = denying("contoso", &[], true);
    let rules = &mut registry["properties"]["networkRuleSet"]["virtualNetworkRules"];
    rules[0][LONG] = json!(subnet_id("hub", "gone").as_str());
    let scenario = Scenario::new(&spec, &[registry, ready_vnet()]);
    let refused = apply(&scenario, &json!([]));
    refused.expect(1, &["Nothing was written", "does not exist"]);
    assert!(!refused.written());
    assert_eq!(sent(&scenario).len(), 2);
}

/// The service checks the caller's right on every subnet of the list (Azure/azure-cli#14596).
#[test]
fn unchanged_subnet_without_join_right_is_left_out() {
    let spec = spec_of("    ipRules: [203.0.113.7, 203.0.113.8]\n");
    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.7"], true), ready_vnet()]);
    let kept = rules(&scenario)["virtualNetworkRules"].clone();
    let azure = Azure::serve(&scenario, may_not_join());
    expect(
        &azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-v"]),
        0,
        &["sending only the list that changes"],
    );
    let sent = sent(&scenario);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["virtualNetworkRules"], kept);
    assert!(sent[1].get("virtualNetworkRules").is_none(), "{}", sent[1]);
    assert_eq!(rules(&scenario)["virtualNetworkRules"], kept);
    assert_eq!(ips(&scenario), ["203.0.113.7", "203.0.113.8"]);
}

#[test]
fn added_subnet_without_join_right_refuses_and_names_it() {
    let scenario = wants_a_subnet();
    let before = scenario.read("state.json");
    let azure = Azure::serve(&scenario, may_not_join());
    let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes"]);
    let right =
        "ask for a role with `Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action`";
    expect(&run, 1, &["LinkedAuthorizationFailed", right]);
    assert_eq!(sent(&scenario).len(), 1);
    assert_eq!(scenario.read("state.json"), before);
}

/// The service accepts the subnet's endpoint and then refuses the rule.
#[test]
fn subnet_write_before_a_refused_rule_is_partial() {
    let scenario = with_subnet("    defaultAction: Deny\n");
    let azure = Azure::serve(&scenario, may_not_join());
    let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-o", "json"]);
    expect(&run, 4, &["LinkedAuthorizationFailed"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["registries"][0]["steps"][0]["outcome"], "done");
    assert_eq!(report["registries"][0]["steps"][1]["outcome"], "failed");
    assert_eq!(rules(&scenario)["defaultAction"], "Allow");
}

/// Sources disagree on the key that a version accepts on write (Azure/azure-cli#33685).
#[test]
fn refused_rule_key_is_retried_with_the_other() {
    let scenario = wants_a_subnet();
    let options = Options {
        either_subnet_key: true,
        faults: vec![Fault::status(400).method("PATCH").nth(1)],
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    expect(
        &azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-v"]),
        0,
        &["trying the other spelling"],
    );
    assert_eq!(keys(&sent(&scenario)), [LONG, "id"]);
    let rule = &rules(&scenario)["virtualNetworkRules"][0][LONG];
    assert_eq!(*rule, subnet_id("hub", "build").as_str());
}

/// The key of the first subnet rule in each PATCH.
fn keys(sent: &[Value]) -> Vec<&str> {
    let key = |set: &Value| {
        let rule = &set["virtualNetworkRules"][0];
        if rule.get(LONG).is_some() { LONG } else { "id" }
    };
    sent.iter().map(key).collect()
}

#[test]
fn dropped_rule_key_is_retried_with_the_other() {
    let scenario = wants_a_subnet();
    let dropped = json!([{
        "match": {"method": "PATCH", "nth": 1}, "fault": "policy-modify",
        "set": {"properties": {"networkRuleSet": {"virtualNetworkRules": []}}}
    }]);
    let options = Options {
        either_subnet_key: true,
        faults: serde_json::from_value(dropped).unwrap(),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    expect(
        &azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-v"]),
        0,
        &["trying the other spelling"],
    );
    assert_eq!(keys(&sent(&scenario)), [LONG, "id"]);
}

/// The newest version of this cloud is 2021-08-01-preview, which accepts `id` (recorded: azure-cli
/// test_acr_network_rule, 2022-06) or the long name (Azure/azure-cli#33685).
#[test]
fn disputed_version_accepts_either_rule_key() {
    let older = json!([
        {"match": {"method": "GET", "path": "/registries/contoso", "nth": 1}, "fault": 400,
         "code": "NoRegisteredProviderFound",
         "message": "No registered resource provider found. The supported api-versions are '2021-08-01-preview'."},
        {"match": {"method": "PATCH", "nth": 1}, "fault": 400, "code": "InvalidRequestContent"}
    ]);
    for (taken, faults) in [(LegacySubnetKey::Id, 2), (LegacySubnetKey::SubnetResourceId, 1)] {
        let scenario = wants_a_subnet();
        let mut list: Vec<Fault> = serde_json::from_value(older.clone()).unwrap();
        list.truncate(faults);
        let options = Options {
            subnet_key_2021_08: taken,
            faults: list,
            ..Options::default()
        };
        let azure = Azure::serve(&scenario, options);
        expect(&azure.run(&scenario, &["apply", "spec.yaml", "--yes"]), 0, &[]);
        assert_eq!(sent(&scenario).len(), faults);
        assert_eq!(
            rules(&scenario)["virtualNetworkRules"].as_array().unwrap().len(),
            1
        );
    }
}

#[test]
fn refusal_of_both_rule_keys_reports_the_first() {
    let scenario = wants_a_subnet();
    let refusal =
        |code: &str, at| nth(patch(json!({"fault": 400, "code": code, "message": code})), &[at]);
    let faults = json!([refusal("FirstAnswer", 1), refusal("SecondAnswer", 2)]);
    let applied = apply(&scenario, &faults);
    applied.expect(1, &["FirstAnswer"]);
    let all = format!("{}{}", applied.run.stdout, applied.report);
    assert!(!all.contains("SecondAnswer"), "{all}");
    assert!(!applied.written());
}

/// A validation error that names the subnet shows that the key was understood, so the other key is not tried.
#[test]
fn invalid_subnet_is_not_sent_twice() {
    let scenario = wants_a_subnet();
    let faults = json!([patch(json!({"fault": 400, "code": "NetworkRuleValidationError"}))]);
    apply(&scenario, &faults).expect(1, &["NetworkRuleValidationError"]);
    assert_eq!(sent(&scenario).len(), 1);
    expect(&scenario.run(&["plan", "spec.yaml"]), 0, &[]);
    only_read(&scenario);
}

/// A live list of duplicates and a foreign rule whose subnet lost its endpoint: Azure refuses both.
#[test]
fn unmanaged_list_that_azure_refuses_is_left_out() {
    let subnet = subnet_id("hub", "build");
    let bare = crate::virtual_network::vnet_body(std::slice::from_ref(&subnet));
    let twice = ["203.0.113.7", "203.0.113.7/32"];
    let rows = [
        (
            "    ipRules: [203.0.113.7, 203.0.113.8]\n".to_owned(),
            denying("contoso", &["203.0.113.7"], true),
            bare,
        ),
        (
            format!("    subnets: [{subnet}]\n"),
            denying("contoso", &twice, false),
            ready_vnet(),
        ),
    ];
    for (lines, registry, network) in rows {
        let scenario = Scenario::new(&spec_of(&lines), &[registry, network]);
        expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
        assert_eq!(
            rules(&scenario)["virtualNetworkRules"].as_array().unwrap().len(),
            1
        );
        assert_eq!(ips(&scenario).len(), 2, "{lines}");
    }
}

#[test]
fn live_duplicates_of_a_managed_list_are_sent_once() {
    let spec = spec_of("    ipRules: [203.0.113.7, 203.0.113.8]\n");
    let twice = ["203.0.113.7", "203.0.113.7/32"];
    let scenario = Scenario::new(&spec, &[denying("contoso", &twice, false)]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    assert_eq!(ips(&scenario), ["203.0.113.7", "203.0.113.8"]);
    assert_eq!(sent(&scenario).len(), 1);
}
