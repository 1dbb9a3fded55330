//! Values of a registry in a state file that the API would never have stored.

use serde_json::Value;

use super::api_versions::{PROPERTIES, PropertyKind};
use super::types::{NEW_KEY, REGISTRIES};
use crate::model::{Cidr, SubnetId};
use crate::sandbox::protocol::json::{id, is, list, text};

/// A value that other services have, and this provider may get: what clients do with it must be testable. No write of
/// the sandbox takes it.
const TOMORROW: (&str, &str) = ("publicNetworkAccess", "SecuredByPerimeter");

/// Refuses enums and rules of a normalised registry that no write takes; the error says which.
pub(crate) fn check(resource: &Value) -> Result<(), String> {
    if !is(resource, "/type", REGISTRIES) {
        return Ok(());
    }
    let properties = &resource["properties"];
    let enums = PROPERTIES.iter().try_for_each(|(name, _, kind)| match kind {
        PropertyKind::OneOf(known) => check_enum(name, known, &properties[*name]),
        _ => Ok(()),
    });
    let checked = enums.and_then(|()| check_rules(&properties["networkRuleSet"]));
    checked.map_err(|reason| format!("{reason} (in `{}`)", id(resource)))
}

fn check_enum(name: &str, known: &[&str], value: &Value) -> Result<(), String> {
    let tomorrow = TOMORROW.0 == name && is(value, "", TOMORROW.1);
    if value.is_null() || tomorrow || known.iter().any(|known| is(value, "", known)) {
        return Ok(());
    }
    Err(format!(
        "`{name}` must be one of {}, not {value}",
        known.join(", ")
    ))
}

fn check_rules(set: &Value) -> Result<(), String> {
    if set.is_null() {
        return Ok(());
    }
    let action = &set["defaultAction"];
    if !["Allow", "Deny"].iter().any(|known| is(action, "", known)) {
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
