//! Checks of a registry in a state file: enums and rules that no write would have stored.

use serde_json::Value;

use super::api_versions::{PROPERTIES, PropertyKind};
use super::types::{NEW_KEY, REGISTRIES};
use crate::model::{Cidr, SubnetId};
use crate::sandbox::protocol::json::{id, is, list, text};

/// A property and a value that other services have and that this provider may get. A state file may hold it, so
/// that clients can be tested with it. No write accepts it.
const FUTURE_VALUE: (&str, &str) = ("publicNetworkAccess", "SecuredByPerimeter");

/// Refuses enums and rules of a normalised registry that no write accepts. The error is the reason as text.
pub(crate) fn check(resource: &Value) -> Result<(), String> {
    if !is(resource, "/type", REGISTRIES) {
        return Ok(());
    }
    check_top(resource)
        .and_then(|()| check_properties(&resource["properties"]))
        .map_err(|reason| format!("{reason} (in `{}`)", id(resource)))
}

/// States of a resource (specification).
const STATES: &[&str] = &[
    "Creating",
    "Updating",
    "Deleting",
    "Succeeded",
    "Failed",
    "Canceled",
];

fn check_top(resource: &Value) -> Result<(), String> {
    let (name, tier) = (text(resource, "/sku/name"), text(resource, "/sku/tier"));
    if !tier.is_empty() && !tier.eq_ignore_ascii_case(name) {
        return Err(format!("`sku.tier` must be {name}, not `{tier}`"));
    }
    for (tag, value) in resource["tags"].as_object().into_iter().flatten() {
        if !value.is_string() {
            return Err(format!("the tag `{tag}` must be a string, not {value}"));
        }
    }
    check_enum(
        "provisioningState",
        STATES,
        &resource["properties"]["provisioningState"],
    )
}

fn check_properties(properties: &Value) -> Result<(), String> {
    for (name, _, kind) in PROPERTIES {
        if let PropertyKind::OneOf(known) = kind {
            check_enum(name, known, &properties[*name])?;
        }
    }
    check_rules(&properties["networkRuleSet"])
}

fn check_enum(name: &str, known: &[&str], value: &Value) -> Result<(), String> {
    // An absent property has its default, so only a value that is there is judged.
    let future = FUTURE_VALUE.0 == name && is(value, "", FUTURE_VALUE.1);
    if value.is_null() || future || known.iter().any(|known| is(value, "", known)) {
        return Ok(());
    }
    Err(format!(
        "`{name}` must be one of {}, not {value}",
        known.join(", ")
    ))
}

fn check_rules(set: &Value) -> Result<(), String> {
    // Registries below Premium have no rule set.
    if set.is_null() {
        return Ok(());
    }
    let action = &set["defaultAction"];
    if !is(action, "", "Allow") && !is(action, "", "Deny") {
        return Err(format!("`defaultAction` must be Allow or Deny, not {action}"));
    }
    for rule in list(set, "ipRules") {
        let value: Result<Cidr, _> = text(rule, "/value").parse();
        value.map_err(|error| format!("a rule in `ipRules`: {error}"))?;
    }
    for rule in list(set, "virtualNetworkRules") {
        SubnetId::parse(text(rule, &format!("/{NEW_KEY}")))
            .map_err(|error| format!("a rule in `virtualNetworkRules`: {error}"))?;
    }
    Ok(())
}
