//! The registry as an api-version shows it.

use serde_json::{Map, Value, json};

use crate::sandbox::forms::api_versions::{POLICIES, PROPERTIES, Row, SYSTEM_DATA, SubnetRules};
use crate::sandbox::forms::types::{NEW_KEY, OLD_KEY};
use crate::sandbox::options::{LegacySubnetKey, Options};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Returns the registry as a GET at `row`'s version answers it.
///
/// # Errors
///
/// A 501 if the registry has subnet rules and no source says how this version shows them.
pub(crate) fn project(registry: &Value, row: &Row, options: &Options) -> Result<Value, Answer> {
    let mut shown = registry.clone();
    if !row.shows(SYSTEM_DATA)
        && let Some(top) = shown.as_object_mut()
    {
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
    // Nested objects have keys that depend on the version too.
    if let Some(Value::Object(policies)) = properties.get_mut("policies") {
        hide_policies(policies, row);
    }
    if let Some(Value::Object(set)) = properties.get_mut("networkRuleSet") {
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
    // The rules are taken out, because the version may hide them or need another key.
    let rules = match set.get_mut("virtualNetworkRules") {
        Some(Value::Array(rules)) => std::mem::take(rules),
        _ => Vec::new(),
    };
    let open = match row.rules {
        SubnetRules::Unknown => "showing them is disputed",
        SubnetRules::WritesIgnored => "only an empty list is recorded",
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
    let mut shown = Vec::with_capacity(rules.len());
    for rule in rules {
        let id = match rule[NEW_KEY].as_str() {
            Some(id) if options.rewritten_rules => id.to_ascii_lowercase().into(),
            _ => rule[NEW_KEY].clone(),
        };
        shown.push(json!({"action": "Allow", key: id}));
    }
    set.insert("virtualNetworkRules".to_owned(), Value::Array(shown));
    Ok(())
}

/// Drops `/32`. azurerm's source says that Azure does so; no recorded answer has a `/32`.
fn rewrite_addresses(set: &mut Map<String, Value>) {
    let Some(Value::Array(rules)) = set.get_mut("ipRules") else {
        return;
    };
    for rule in rules {
        let value = rule["value"].as_str().unwrap_or_default();
        if let Some(single) = value.strip_suffix("/32") {
            rule["value"] = single.to_owned().into();
        }
    }
}

/// Returns the key of the subnet id in a subnet rule at this version, `None` if rules are hidden.
pub(crate) fn subnet_key(row: &Row, options: &Options) -> Option<&'static str> {
    match row.rules {
        SubnetRules::Hidden | SubnetRules::Unknown => None,
        SubnetRules::Id | SubnetRules::WritesIgnored => Some(OLD_KEY),
        SubnetRules::SubnetResourceId => Some(NEW_KEY),
        SubnetRules::Disputed if options.subnet_key_2021_08 == LegacySubnetKey::Id => Some(OLD_KEY),
        SubnetRules::Disputed => Some(NEW_KEY),
    }
}
