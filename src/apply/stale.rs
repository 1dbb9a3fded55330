//! Whether a registry is still what the plan rests on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::live::{LiveRegistry, SubnetRules};
use crate::plan::{Basis, RegistryPlan, Setting, canonical};
use crate::spec::Ownership;

/// The settings that moved since the plan was made and that it rests on: who gets in, and what it changes.
/// Rules compare as sets, so an order or a spelling that differs is no change. Under additive ownership others may
/// write the lists at any time, and a value that has become the wanted one is no obstacle.
pub(super) fn moved(plan: &RegistryPlan, live: &LiveRegistry) -> Vec<&'static str> {
    let basis = &plan.basis;
    let shared = plan.ownership == Ownership::Additive;
    let rows = [
        ("sku.name", json!(basis.sku), json!(live.sku), true),
        (
            "publicNetworkAccess",
            json!(basis.public_network_access),
            json!(live.public_network_access),
            true,
        ),
        (
            "networkRuleSet.defaultAction",
            json!(basis.default_action),
            json!(live.default_action),
            true,
        ),
        (
            "networkRuleSet.ipRules",
            set(&basis.ip_rules),
            set(&ip_rules(live)),
            !shared,
        ),
        (
            "networkRuleSet.virtualNetworkRules",
            subnets_then(basis),
            subnets_now(live),
            !shared,
        ),
        (
            "networkRuleBypassOptions",
            json!(basis.network_rule_bypass_options),
            json!(live.network_rule_bypass_options),
            plan.change(Setting::NetworkRuleBypassOptions).is_some(),
        ),
        (
            "networkRuleBypassAllowedForTasks",
            json!(basis.network_rule_bypass_allowed_for_tasks),
            json!(live.network_rule_bypass_allowed_for_tasks),
            plan.change(Setting::NetworkRuleBypassAllowedForTasks).is_some(),
        ),
        (
            "dataEndpointEnabled",
            json!(basis.data_endpoint_enabled),
            json!(live.data_endpoint_enabled),
            plan.change(Setting::DataEndpointEnabled).is_some(),
        ),
    ];
    let moved = rows.into_iter().filter(|(path, then, now, matters)| {
        *matters && then != now && !(shared && is_wanted(plan, path, now))
    });
    moved.map(|(path, ..)| path).collect()
}

/// Whether somebody else has already made this change.
fn is_wanted(plan: &RegistryPlan, path: &str, now: &Value) -> bool {
    let change = plan.changes.iter().find(|change| change.path.path() == path);
    change.is_some_and(|change| change.after.as_ref() == Some(now))
}

fn ip_rules(live: &LiveRegistry) -> Vec<String> {
    live.ip_rules.iter().map(|rule| rule.value.clone()).collect()
}

fn subnets_then(basis: &Basis) -> Value {
    basis.virtual_network_rules.as_deref().map_or(Value::Null, set)
}

fn subnets_now(live: &LiveRegistry) -> Value {
    match &live.subnet_rules {
        SubnetRules::Shown(rules) => {
            set(&rules.iter().map(|rule| rule.value.clone()).collect::<Vec<_>>())
        }
        SubnetRules::Unsupported => json!([]),
        SubnetRules::Hidden => Value::Null,
    }
}

fn set(values: &[String]) -> Value {
    let forms: BTreeSet<String> = values.iter().map(|value| canonical(value)).collect();
    json!(forms)
}
