//! Checks of networks and subnets in a state file.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::shape::{STATES, check_keys, check_location, told};
use crate::sandbox::forms::json_type::{ANY, JsonType, Keys, check_known, optional};
use crate::sandbox::forms::network_types::{ENDPOINT, NETWORK, NETWORK_TOP, SUBNET, SUBNET_TOP};
use crate::sandbox::forms::shared_types::GUID;
use crate::sandbox::network::prefixes;
use crate::sandbox::protocol::json::{list, text};

/// Properties of a network that Azure alone writes.
const NETWORK_READ_ONLY: Keys = &[
    optional("provisioningState", JsonType::OneOf(STATES)),
    optional("resourceGuid", GUID),
];

/// Properties of a subnet that Azure alone writes (Azure SDK models at 2026-03-01).
const SUBNET_READ_ONLY: Keys = &[
    optional("provisioningState", JsonType::OneOf(STATES)),
    optional("privateEndpoints", JsonType::List(&ANY)),
    optional("ipConfigurations", JsonType::List(&ANY)),
    optional("ipConfigurationProfiles", JsonType::List(&ANY)),
    optional("resourceNavigationLinks", JsonType::List(&ANY)),
    optional("serviceAssociationLinks", JsonType::List(&ANY)),
    optional("purpose", JsonType::Text),
];

/// Properties of a service endpoint that Azure alone writes.
const ENDPOINT_READ_ONLY: Keys = &[optional("provisioningState", JsonType::OneOf(STATES))];

/// Checks a network and its subnets. Prefixes come later, because a file may add subnets to the network.
pub(super) fn check(network: &Value) -> Result<(), String> {
    check_keys(network, NETWORK_TOP, "")?;
    check_location(network)?;
    check_properties(
        &network["properties"],
        [NETWORK, NETWORK_READ_ONLY],
        "properties.",
    )?;
    for (position, subnet) in list(&network["properties"], "subnets").iter().enumerate() {
        check_subnet(subnet, &format!("properties.subnets[{position}]."))?;
    }
    Ok(())
}

/// Checks a subnet at the place `path`, which is empty or ends with `.`.
pub(super) fn check_subnet(subnet: &Value, path: &str) -> Result<(), String> {
    check_keys(subnet, SUBNET_TOP, path)?;
    let path = format!("{path}properties.");
    check_properties(&subnet["properties"], [SUBNET, SUBNET_READ_ONLY], &path)?;
    let mut services = BTreeSet::new();
    let endpoints = list(&subnet["properties"], "serviceEndpoints");
    for (position, endpoint) in endpoints.iter().enumerate() {
        let path = format!("{path}serviceEndpoints[{position}].");
        check_properties(endpoint, [ENDPOINT, ENDPOINT_READ_ONLY], &path)?;
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
fn check_properties(properties: &Value, tables: [Keys; 2], path: &str) -> Result<(), String> {
    let none = Map::new();
    let properties = properties.as_object().unwrap_or(&none);
    for keys in tables {
        check_known(properties, keys, path).map_err(told)?;
    }
    Ok(())
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
