//! The body of the one PATCH.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access::settings_after;
use super::{Change, Changes};
use crate::live::{LiveRegistry, SubnetIdKey};
use crate::model::{Rule, Setting, SettingValue, Settings};

/// Which rule lists a PATCH carries when one of them changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Both in full, the unchanged one as just read: the recorded shape (azure-cli test_acr_network_rule).
    Both,
    /// Only those that change, where Azure refuses the other one for its own sake: the caller may not join one of its
    /// subnets (Azure/azure-cli#14596), a subnet is gone or has lost its endpoint, or a rule is there twice. That the service keeps an omitted list is inferred, so a read-back must follow.
    ChangedOnly,
}

/// Returns the smallest body that makes the changes on this registry; `None` where nothing of it changes.
///
/// Settings outside `networkRuleSet` travel alone where no rule changes. `networkRuleSet` always carries
/// `defaultAction`, which the schema requires. `[]` clears a list.
pub fn patch_body(
    changes: &Changes,
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetIdKey,
) -> Option<Value> {
    let after = settings_after(&live.settings, &changes.settings);
    let set = rule_set(&after, &changed_lists(changes), lists, key);
    let properties = properties(changes, &set);
    (!properties.is_empty()).then(|| json!({ "properties": properties }))
}

/// Returns the body that makes the changes and has the IP rules in any case. What is written beside them in the same PATCH, such as a
/// tag that records a rule, then never parts from them, also where others write at the same time.
pub fn patch_body_with_rules(
    changes: &Changes,
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetIdKey,
) -> Value {
    let after = settings_after(&live.settings, &changes.settings);
    let mut sent = changed_lists(changes);
    sent.push(Setting::IpRules);
    let set = rule_set(&after, &sent, lists, key);
    let mut properties = properties(changes, &set);
    if let Some((name, _)) = Setting::IpRules.path().split_once('.') {
        properties.insert(name.to_owned(), set);
    }
    json!({ "properties": properties })
}

/// Returns the properties that change. A setting of `networkRuleSet` brings the whole `set` with it, once.
fn properties(changes: &Changes, set: &Value) -> Map<String, Value> {
    let mut properties = Map::new();
    for Change { path, after, .. } in &changes.settings {
        match path.path().split_once('.') {
            None => properties.insert(path.key().to_owned(), json!(after)),
            Some((name, _)) => properties.insert(name.to_owned(), set.clone()),
        };
    }
    properties
}

fn changed_lists(changes: &Changes) -> Vec<Setting> {
    let mut lists: Vec<Setting> = Setting::lists().collect();
    lists.retain(|list| changes.get(*list).is_some());
    lists
}

/// Returns `networkRuleSet`: the default action, and the lists that must be sent. Those of `changed` are among them.
fn rule_set(after: &Settings, changed: &[Setting], lists: Lists, key: SubnetIdKey) -> Value {
    let mut set = Map::new();
    let action = after.value(Setting::DefaultAction);
    set.insert(
        Setting::DefaultAction.key().to_owned(),
        json!(action.as_deref().map(SettingValue::to_json)),
    );
    for (list, key) in [
        (Setting::VirtualNetworkRules, key.as_str()),
        (Setting::IpRules, "value"),
    ] {
        let is_changed = changed.contains(&list);
        let sends = is_changed || (!changed.is_empty() && lists == Lists::Both);
        // A list that the api-version hides is never sent: that would overwrite rules that were never read.
        if let (true, Some(rules)) = (sends, after.rules(list)) {
            // A list that changes is sent as a set; another one goes back as it came, duplicates included.
            let mut sent = BTreeSet::new();
            let mut elements = Vec::new();
            for rule in rules {
                if sent.insert(rule) || !is_changed {
                    elements.push(element(rule, key));
                }
            }
            set.insert(list.key().to_owned(), Value::Array(elements));
        }
    }
    Value::Object(set)
}

/// Returns the element of a list: just as it was read, or a new one.
fn element(rule: &Rule, key: &str) -> Value {
    match rule.body() {
        Some(body) => body.clone(),
        None => json!({ "action": "Allow", key: rule }),
    }
}
