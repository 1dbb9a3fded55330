//! What an api-version shows of a registry.

use serde_json::{Map, Value, json};

use crate::sandbox::forms::api_versions::{POLICIES, PROPERTIES, Row, Rules, SYSTEM_DATA};
use crate::sandbox::forms::types::{NEW_KEY, OLD_KEY};
use crate::sandbox::options::{Options, SubnetIdKey};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// The registry as a GET at `row`'s version answers it.
pub(crate) fn project(registry: &Value, row: &Row, options: &Options) -> Result<Value, Answer> {
    let mut shown = registry.clone();
    if let Some(top) = shown.as_object_mut().filter(|_| !row.shows(SYSTEM_DATA)) {
        top.shift_remove("systemData");
    }
    let Some(properties) = shown["properties"].as_object_mut() else {
        return Ok(shown);
    };
    for (name, when, _) in PROPERTIES {
        if !row.shows(*when) {
            properties.shift_remove(*name);
        }
    }
    if let Some(policies) = properties.get_mut("policies").and_then(Value::as_object_mut) {
        hide_policies(policies, row);
    }
    if let Some(set) = properties
        .get_mut("networkRuleSet")
        .and_then(Value::as_object_mut)
    {
        project_rules(set, row, options)?;
    }
    Ok(shown)
}

fn hide_policies(policies: &mut Map<String, Value>, row: &Row) {
    for (name, when) in POLICIES {
        if !row.shows(*when) {
            policies.shift_remove(*name);
        }
    }
}

fn project_rules(set: &mut Map<String, Value>, row: &Row, options: &Options) -> Result<(), Answer> {
    let rules = set.get_mut("virtualNetworkRules").and_then(Value::as_array_mut);
    let rules = rules.map(std::mem::take).unwrap_or_default();
    let open = match row.rules {
        Rules::Unknown => "showing them is disputed",
        Rules::WritesIgnored => "only an empty list is recorded",
        _ => "",
    };
    if !open.is_empty() && !rules.is_empty() {
        let (version, source) = (row.version, row.source);
        return Err(errors::not_established(&format!(
            "a registry with subnet rules at `{version}`, where {open} ({source})"
        )));
    }
    if options.rewritten_rules {
        rewrite_addresses(set);
    }
    let Some(key) = subnet_key(row, options) else {
        set.shift_remove("virtualNetworkRules");
        return Ok(());
    };
    let shown = rules.iter().map(|rule| {
        let id = match rule[NEW_KEY].as_str() {
            Some(id) if options.rewritten_rules => id.to_ascii_lowercase().into(),
            _ => rule[NEW_KEY].clone(),
        };
        json!({"action": "Allow", key: id})
    });
    set.insert("virtualNetworkRules".to_owned(), shown.collect());
    Ok(())
}

/// Drops `/32`, as azurerm's source says of Azure; no recording has one in an answer.
fn rewrite_addresses(set: &mut Map<String, Value>) {
    let rules = set.get_mut("ipRules").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        let single = rule["value"].as_str().and_then(|value| value.strip_suffix("/32"));
        if let Some(single) = single {
            rule["value"] = single.to_owned().into();
        }
    }
}

/// The key of a subnet rule's id at this version; `None` where rules are hidden.
pub(crate) fn subnet_key(row: &Row, options: &Options) -> Option<&'static str> {
    match row.rules {
        Rules::Hidden | Rules::Unknown => None,
        Rules::Id | Rules::WritesIgnored => Some(OLD_KEY),
        Rules::SubnetResourceId => Some(NEW_KEY),
        Rules::Disputed if options.subnet_key_2021_08 == SubnetIdKey::Id => Some(OLD_KEY),
        Rules::Disputed => Some(NEW_KEY),
    }
}
