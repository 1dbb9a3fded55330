//! Steps: their order, and their cost for clients.

use std::collections::BTreeMap;

use ringfence::live::Reading;
use ringfence::plan::{Policy, RegistryPlan, plan_registry};
use serde_json::{Value, json};

use super::{live, planned, reading_with, short, wanted};
use crate::azure_bodies::SUBSCRIPTION;

/// Each step in one line: the action and its object.
fn steps(plan: &RegistryPlan) -> Vec<String> {
    let plan = serde_json::to_value(plan).unwrap();
    let mut lines = Vec::new();
    for step in plan["steps"].as_array().unwrap() {
        let mut line = step["action"].as_str().unwrap().to_owned();
        for key in ["subscription", "subnet", "settings"] {
            if let Some(object) = step.get(key) {
                line += &format!(" {}", object.to_string().replace('"', ""));
            }
        }
        lines.push(short(&line));
    }
    lines
}

fn costs(plan: &RegistryPlan) -> Vec<Value> {
    let plan = serde_json::to_value(plan).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    steps.iter().map(|step| step["cost"].clone()).collect()
}

fn plan_of(lines: &str, reading: &Reading) -> RegistryPlan {
    plan_registry(&wanted(lines), reading, &Policy::default())
}

#[test]
fn no_change_needs_no_step() {
    let plan = planned("    defaultAction: Allow\n", &live("Allow", &[], &[]));
    assert_eq!(steps(&plan), Vec::<String>::new());
}

#[test]
fn one_patch_has_all_settings_of_the_registry() {
    let plan = planned(
        "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [203.0.113.7]\n    \
         trustedServices: false\n    dataEndpoint: true\n",
        &live("Allow", &[], &[]),
    );
    assert_eq!(
        steps(&plan),
        [
            "patchRegistry [networkRuleSet.defaultAction,networkRuleSet.ipRules,networkRuleBypassOptions,\
             dataEndpointEnabled]"
        ]
    );
}

#[test]
fn endpoints_come_before_the_patch_sorted_by_id() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let reading = reading_with(&body, &[("build", false), ("old", true), ("test", false)]);
    let plan = plan_of("    subnets: [$test, $old, $build]\n", &reading);
    assert_eq!(
        steps(&plan),
        [
            "enableServiceEndpoint hub/build",
            "enableServiceEndpoint hub/test",
            "patchRegistry [networkRuleSet.virtualNetworkRules]",
        ]
    );
}

#[test]
fn assumed_endpoints_are_not_enabled() {
    let body = live("Deny", &["203.0.113.7"], &["build"]);
    let reading = reading_with(&body, &[("build", false)]);
    let ensured = plan_of("    subnets: [$build]\n", &reading);
    assert_eq!(steps(&ensured), ["enableServiceEndpoint hub/build"]);
    let assumed = plan_of("    subnets: [$build]\n    serviceEndpoints: assume\n", &reading);
    assert_eq!(steps(&assumed), Vec::<String>::new());
}

#[test]
fn provider_is_registered_first_and_only_if_needed() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    for (state, registers) in [
        ("NotRegistered", true),
        ("Unregistered", true),
        ("Registered", false),
        ("registered", false),
    ] {
        let reading = Reading {
            registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), state.to_owned())]),
            ..reading_with(&body, &[("build", true)])
        };
        let plan = plan_of("    subnets: [$build]\n", &reading);
        let mut expected = vec!["patchRegistry [networkRuleSet.virtualNetworkRules]".to_owned()];
        if registers {
            expected.insert(0, format!("registerProvider {SUBSCRIPTION}"));
        }
        assert_eq!(steps(&plan), expected, "{state}");
    }
}

#[test]
fn removing_subnets_needs_neither_endpoint_nor_provider() {
    let body = live("Deny", &["203.0.113.7"], &["old"]);
    let reading = Reading {
        registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), "NotRegistered".to_owned())]),
        ..reading_with(&body, &[("old", false)])
    };
    let plan = plan_of("    subnets: []\n", &reading);
    assert_eq!(
        steps(&plan),
        ["patchRegistry [networkRuleSet.virtualNetworkRules]"]
    );
}

#[test]
fn endpoint_cost_tells_if_ip_rules_stop_admitting_the_subnet() {
    let plain =
        "the subnet's source address becomes private for every registry and its open connections drop";
    let selected = reading_with(&live("Deny", &["203.0.113.7"], &[]), &[("build", false)]);
    let listed = reading_with(&live("Deny", &["203.0.113.7"], &["build"]), &[("build", false)]);
    let open = reading_with(&live("Allow", &[], &[]), &[("build", false)]);
    for (reading, gap) in [(selected, true), (listed, false), (open, false)] {
        let plan = plan_of("    subnets: [$build]\n", &reading);
        let cost = costs(&plan)[0].as_str().unwrap().to_owned();
        assert!(cost.starts_with(plain), "{cost}");
        assert_eq!(cost.contains("until the registry PATCH lands"), gap, "{cost}");
    }
}

#[test]
fn patch_cost_names_data_endpoints_and_closed_public_access() {
    let rows = [
        ("    ipRules: [203.0.113.8]\n", Value::Null, ""),
        ("    trustedServices: false\n", Value::Null, ""),
        (
            "    dataEndpoint: true\n",
            json!(true),
            "host names of layer downloads change",
        ),
        (
            "    publicNetworkAccess: Disabled\n",
            json!(true),
            "every public client loses access, 2 subnets",
        ),
    ];
    let body = live("Deny", &["203.0.113.8", "203.0.113.7"], &["build", "old"]);
    for (lines, costly, text) in rows {
        let cost = costs(&planned(lines, &body)).remove(0);
        assert_eq!(cost.is_null(), costly.is_null(), "{lines}");
        assert!(cost.as_str().unwrap_or_default().contains(text), "{cost}");
    }
}

/// Public access cannot be disabled below Premium, and a closed registry has no client to lose.
#[test]
fn disabled_public_access_costs_only_clients_that_get_in() {
    let lines = "    publicNetworkAccess: Disabled\n";
    let mut basic = live("Allow", &[], &[]);
    basic["sku"] = json!({"name": "Basic", "tier": "Basic"});
    for (body, costly) in [
        (basic, false),
        (live("Deny", &[], &[]), false),
        (live("Allow", &[], &[]), true),
        (live("Deny", &["203.0.113.7"], &[]), true),
    ] {
        let cost = costs(&planned(lines, &body)).remove(0);
        assert_eq!(cost.is_null(), !costly, "{cost}");
    }
}
