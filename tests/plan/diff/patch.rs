//! The body of the PATCH: which keys it has, and what they hold.

use ringfence::live::SubnetIdKey;
use ringfence::plan::{Lists, RegistryPlan, patch_body};
use serde_json::{Value, json};

use super::{hub, live, planned};
use crate::readings::reading;

fn body(plan: &RegistryPlan, live: &Value, lists: Lists) -> Option<Value> {
    patch_body(
        &plan.changes,
        &reading(live).registry,
        lists,
        SubnetIdKey::VirtualNetworkSubnetResourceId,
    )
}

fn ip(value: &str) -> Value {
    json!({"action": "Allow", "value": value})
}

fn rule(subnet: &str) -> Value {
    json!({"action": "Allow", "virtualNetworkSubnetResourceId": hub(subnet).as_str()})
}

#[test]
fn no_change_gives_no_body() {
    let live = live("Deny", &["203.0.113.7"], &["old"]);
    let plan = planned("    ipRules: [203.0.113.7]\n", &live);
    assert_eq!(body(&plan, &live, Lists::Both), None);
}

#[test]
fn settings_outside_the_rule_set_are_sent_alone() {
    let live = live("Deny", &["203.0.113.7"], &["old"]);
    let plan = planned(
        "    publicNetworkAccess: Disabled\n    trustedServices: false\n    tasksBypass: true\n    dataEndpoint: true\n",
        &live,
    );
    assert_eq!(
        body(&plan, &live, Lists::Both),
        Some(json!({"properties": {
            "publicNetworkAccess": "Disabled",
            "networkRuleBypassOptions": "None",
            "networkRuleBypassAllowedForTasks": true,
            "dataEndpointEnabled": true,
        }}))
    );
}

#[test]
fn changed_ip_rules_send_both_lists_and_the_default_action() {
    let live = live("Deny", &["203.0.113.7"], &["old"]);
    let plan = planned("    ipRules: [203.0.113.7, 192.0.2.9]\n", &live);
    let set = body(&plan, &live, Lists::Both).unwrap()["properties"]["networkRuleSet"].clone();
    assert_eq!(set["defaultAction"], "Deny");
    assert_eq!(set["ipRules"], json!([ip("203.0.113.7"), ip("192.0.2.9")]));
    assert_eq!(set["virtualNetworkRules"], json!([rule("old")]));
}

#[test]
fn changed_only_leaves_out_the_other_list() {
    let live = live("Deny", &["203.0.113.7"], &["old"]);
    let ips = planned("    ipRules: []\n", &live);
    let set = body(&ips, &live, Lists::ChangedOnly).unwrap()["properties"]["networkRuleSet"].clone();
    assert_eq!(set, json!({"defaultAction": "Deny", "ipRules": []}));

    let subnets = planned("    subnets: [$old, $build]\n", &live);
    let set = body(&subnets, &live, Lists::ChangedOnly).unwrap()["properties"]["networkRuleSet"].clone();
    assert_eq!(
        set,
        json!({"defaultAction": "Deny", "virtualNetworkRules": [rule("old"), rule("build")]})
    );
}

#[test]
fn default_action_alone_sends_no_list() {
    let live = live("Allow", &["203.0.113.7"], &[]);
    let plan = planned("    defaultAction: Deny\n", &live);
    assert_eq!(
        body(&plan, &live, Lists::Both),
        Some(json!({"properties": {"networkRuleSet": {"defaultAction": "Deny"}}}))
    );
}

#[test]
fn last_rule_is_cleared_by_an_empty_list() {
    let live = live("Allow", &["203.0.113.7"], &[]);
    let plan = planned("    ipRules: []\n", &live);
    let set = body(&plan, &live, Lists::Both).unwrap()["properties"]["networkRuleSet"].clone();
    assert_eq!(set["ipRules"], json!([]));
}

#[test]
fn subnet_rules_use_the_key_of_the_version() {
    let live = live("Deny", &["203.0.113.7"], &[]);
    let plan = planned("    subnets: [$build]\n", &live);
    let body = patch_body(
        &plan.changes,
        &reading(&live).registry,
        Lists::ChangedOnly,
        SubnetIdKey::Id,
    );
    assert_eq!(
        body.unwrap()["properties"]["networkRuleSet"]["virtualNetworkRules"],
        json!([{"action": "Allow", "id": hub("build").as_str()}])
    );
}

#[test]
fn kept_rules_keep_unknown_fields() {
    let mut live = live("Deny", &["203.0.113.7"], &[]);
    let rules = &mut live["properties"]["networkRuleSet"]["ipRules"];
    rules[0]["note"] = json!("from a later version");
    let plan = planned("    ipRules: [203.0.113.7, 192.0.2.9]\n", &live);
    let set = body(&plan, &live, Lists::Both).unwrap()["properties"]["networkRuleSet"].clone();
    assert_eq!(set["ipRules"][0]["note"], "from a later version");
}
