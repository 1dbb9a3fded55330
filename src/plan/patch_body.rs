//! The body of the one PATCH.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::rules::canonical;
use super::{Change, Rule, Setting};
use crate::live::{LiveRegistry, SubnetIdKey, SubnetRules};

/// Which rule lists a PATCH carries when one of them changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Both in full, the unchanged one as just read: the recorded shape (azure-cli test_acr_network_rule).
    Both,
    /// Only those that change: for a caller who may not join a subnet that is not changed
    /// (Azure/azure-cli#14596). That the service keeps an omitted list is inferred, so a read-back must follow.
    ChangedOnly,
}

/// The smallest body that makes the changes on this registry; `None` where nothing of it changes.
///
/// Settings outside `networkRuleSet` travel alone where no rule changes. `networkRuleSet` always carries
/// `defaultAction`, which the schema requires. `[]` clears a list.
pub fn patch_body(
    changes: &[Change],
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetIdKey,
) -> Option<Value> {
    let mut properties = Map::new();
    for change in changes {
        match change.path {
            Setting::PublicNetworkAccess
            | Setting::NetworkRuleBypassOptions
            | Setting::NetworkRuleBypassAllowedForTasks
            | Setting::DataEndpointEnabled => {
                properties.insert(change.path.path().to_owned(), json!(change.after));
            }
            Setting::DefaultAction | Setting::IpRules | Setting::VirtualNetworkRules => {
                properties
                    .entry("networkRuleSet")
                    .or_insert_with(|| rule_set(changes, live, lists, key));
            }
            Setting::ServiceEndpoints => {}
        }
    }
    (!properties.is_empty()).then(|| json!({ "properties": properties }))
}

fn rule_set(changes: &[Change], live: &LiveRegistry, lists: Lists, key: SubnetIdKey) -> Value {
    let change = |path| changes.iter().find(|change| change.path == path);
    let read = || live.default_action.clone().unwrap_or_else(|| "Allow".to_owned());
    let action = change(Setting::DefaultAction)
        .and_then(|c| c.after.clone())
        .unwrap_or_else(|| json!(read()));
    let mut set = Map::new();
    set.insert("defaultAction".to_owned(), action);
    let (ips, subnets) = (change(Setting::IpRules), change(Setting::VirtualNetworkRules));
    let any = ips.is_some() || subnets.is_some();
    let sends = |list: Option<&Change>| list.is_some() || (any && lists == Lists::Both);
    if let (true, SubnetRules::Shown(rules)) = (sends(subnets), &live.subnet_rules) {
        let live = rules.iter().map(|rule| (rule.value.as_str(), &rule.body));
        set.insert(
            "virtualNetworkRules".to_owned(),
            merged(live, subnets, key.as_str()),
        );
    }
    if sends(ips) {
        let live = live.ip_rules.iter().map(|rule| (rule.value.as_str(), &rule.body));
        set.insert("ipRules".to_owned(), merged(live, ips, "value"));
    }
    Value::Object(set)
}

/// The list after the change: what stays, just as it was read, then what is added and not there yet.
fn merged<'a>(
    live: impl Iterator<Item = (&'a str, &'a Value)>,
    change: Option<&Change>,
    key: &str,
) -> Value {
    let none: &[Rule] = &[];
    let (add, remove) = change.map_or((none, none), |change| (&change.add, &change.remove));
    let removed: BTreeSet<String> = remove.iter().map(|rule| canonical(&rule.value)).collect();
    let stays: Vec<_> = live
        .filter(|(value, _)| !removed.contains(&canonical(value)))
        .collect();
    let mut seen: BTreeSet<String> = stays.iter().map(|(value, _)| canonical(value)).collect();
    let mut list: Vec<Value> = stays.into_iter().map(|(_, body)| body.clone()).collect();
    for rule in add {
        if seen.insert(canonical(&rule.value)) {
            list.push(json!({ "action": "Allow", key: rule.value }));
        }
    }
    Value::Array(list)
}
