//! The body of the one PATCH, and whether an answer shows what was asked for.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::lists::canonical;
use super::{Change, Rule, Setting};
use crate::live::{LiveRegistry, SubnetKey, SubnetRules};

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
    key: SubnetKey,
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

fn rule_set(changes: &[Change], live: &LiveRegistry, lists: Lists, key: SubnetKey) -> Value {
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

/// The list after the change: what stays as it was read, each rule once, then what is added.
fn merged<'a>(
    live: impl Iterator<Item = (&'a str, &'a Value)>,
    change: Option<&Change>,
    key: &str,
) -> Value {
    let none: &[Rule] = &[];
    let (add, remove) = change.map_or((none, none), |change| (&change.add, &change.remove));
    let removed: BTreeSet<String> = remove.iter().map(|rule| canonical(&rule.value)).collect();
    let mut seen = BTreeSet::new();
    let mut list: Vec<Value> = Vec::new();
    for (value, body) in live {
        let form = canonical(value);
        if !removed.contains(&form) && seen.insert(form) {
            list.push(body.clone());
        }
    }
    for rule in add {
        if seen.insert(canonical(&rule.value)) {
            list.push(json!({ "action": "Allow", key: rule.value }));
        }
    }
    Value::Array(list)
}

/// What of a change the registry does not show: read back after a write, a non-empty answer means that the
/// write was lost, dropped or rewritten.
pub fn unmet(change: &Change, live: &LiveRegistry) -> Vec<String> {
    let value = |live: Value| {
        let same = change.after.as_ref() == Some(&live);
        if same {
            Vec::new()
        } else {
            vec![format!("is {live}, not {}", json!(change.after))]
        }
    };
    match change.path {
        Setting::PublicNetworkAccess => value(json!(live.public_network_access)),
        Setting::DefaultAction => value(json!(live.default_action)),
        Setting::NetworkRuleBypassOptions => value(json!(live.network_rule_bypass_options)),
        Setting::NetworkRuleBypassAllowedForTasks => {
            value(json!(live.network_rule_bypass_allowed_for_tasks))
        }
        Setting::DataEndpointEnabled => value(json!(live.data_endpoint_enabled)),
        Setting::IpRules => unmet_rules(change, live.ip_rules.iter().map(|rule| rule.value.as_str())),
        Setting::VirtualNetworkRules => match &live.subnet_rules {
            SubnetRules::Shown(rules) => {
                unmet_rules(change, rules.iter().map(|rule| rule.value.as_str()))
            }
            SubnetRules::Hidden | SubnetRules::Unsupported => vec!["is not shown".to_owned()],
        },
        Setting::ServiceEndpoints => Vec::new(),
    }
}

fn unmet_rules<'a>(change: &Change, live: impl Iterator<Item = &'a str>) -> Vec<String> {
    let live: BTreeSet<String> = live.map(canonical).collect();
    let missing = change
        .add
        .iter()
        .filter(|rule| !live.contains(&canonical(&rule.value)));
    let left = change
        .remove
        .iter()
        .filter(|rule| live.contains(&canonical(&rule.value)));
    let missing = missing.map(|rule| format!("`{}` is not there", rule.value));
    missing
        .chain(left.map(|rule| format!("`{}` is still there", rule.value)))
        .collect()
}
