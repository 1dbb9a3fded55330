//! Checks of networks and subnets in a state file.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::shape::{STATES, check_keys, check_location, told};
use crate::sandbox::forms::json_type::{JsonType, Keys, check as check_value, check_known};
use crate::sandbox::forms::network_types::{ENDPOINT, NETWORK, NETWORK_TOP, SUBNET, SUBNET_TOP};
use crate::sandbox::network::prefixes;
use crate::sandbox::protocol::json::{list, text};

/// Checks a network and its subnets. Prefixes come later, because a file may add subnets to the network.
pub(super) fn check(network: &Value) -> Result<(), String> {
    check_keys(network, NETWORK_TOP, "")?;
    check_location(network)?;
    check_properties(&network["properties"], NETWORK, "properties.")?;
    for (position, subnet) in list(&network["properties"], "subnets").iter().enumerate() {
        check_subnet(subnet, &format!("properties.subnets[{position}]."))?;
    }
    Ok(())
}

/// Checks a subnet at the place `path`, which is empty or ends with `.`.
pub(super) fn check_subnet(subnet: &Value, path: &str) -> Result<(), String> {
    check_keys(subnet, SUBNET_TOP, path)?;
    let path = format!("{path}properties.");
    check_properties(&subnet["properties"], SUBNET, &path)?;
    let mut services = BTreeSet::new();
    let endpoints = list(&subnet["properties"], "serviceEndpoints");
    for (position, endpoint) in endpoints.iter().enumerate() {
        let path = format!("{path}serviceEndpoints[{position}].");
        check_properties(endpoint, ENDPOINT, &path)?;
        let service = text(endpoint, "/service").to_ascii_lowercase();
        if service.is_empty() {
            return Err(format!("`{path}service` is missing"));
        }
        if !services.insert(service) {
            return Err(format!("`{path}service` is named twice"));
        }
    }
    Ok(())
}

/// Checks the known keys of an object. A network or subnet may have other ones (recorded: unknown properties stay).
fn check_properties(properties: &Value, keys: Keys, path: &str) -> Result<(), String> {
    let none = Map::new();
    let properties = properties.as_object().unwrap_or(&none);
    check_known(properties, keys, path).map_err(told)?;
    let Some(state) = properties.get("provisioningState") else {
        return Ok(());
    };
    let path = format!("{path}provisioningState");
    check_value(state, JsonType::OneOf(STATES), &path).map_err(told)
}

/// Refuses a network whose address space or subnets Azure refuses.
pub(super) fn check_prefixes(network: &Value) -> Result<(), String> {
    let properties = &network["properties"];
    let space = &properties["addressSpace"];
    if list(space, "addressPrefixes").is_empty() && list(space, "ipamPoolPrefixAllocations").is_empty() {
        return Err("`properties.addressSpace.addressPrefixes` is missing".to_owned());
    }
    for subnet in list(properties, "subnets") {
        let (name, properties) = (text(subnet, "/name"), &subnet["properties"]);
        if !prefixes::has_any(subnet) {
            return Err(format!("the subnet `{name}` has no `addressPrefix`"));
        }
        if !properties["addressPrefix"].is_null() && !list(properties, "addressPrefixes").is_empty() {
            return Err(format!(
                "the subnet `{name}` has both `addressPrefix` and `addressPrefixes`"
            ));
        }
    }
    match prefixes::check(network, None) {
        // What no source establishes may be stored.
        Err(refusal) if refusal.status != StatusCode::NOT_IMPLEMENTED => {
            let body = refusal.body.unwrap_or_default();
            Err(text(&body, "/error/message").to_owned())
        }
        _ => Ok(()),
    }
}
