//! Resources around a registry, which a diagnosis reads. They come with the state, and no request writes them.

mod clients;
mod kind;
mod logs;
mod network;

use serde_json::{Value, json};

pub(crate) use kind::{GLOBAL, SurroundingType};

use super::types::{NETWORK_VERSIONS, SECURITY_GROUPS};
use crate::sandbox::protocol::json::{fresh_etag, id, text};

/// Returns the type of this name.
pub(crate) fn of_type(name: &str) -> Option<&'static SurroundingType> {
    let mut types = [network::TYPES, clients::TYPES, logs::TYPES]
        .into_iter()
        .flatten();
    types.find(|known| known.name.eq_ignore_ascii_case(name))
}

/// Adds what every answer has.
pub(crate) fn complete(resource: &mut Value, kind: &SurroundingType) {
    if let Some(location) = kind.location
        && text(resource, "/location").is_empty()
    {
        resource["location"] = location.into();
    }
    if kind.versions == NETWORK_VERSIONS {
        if text(resource, "/etag").is_empty() {
            resource["etag"] = fresh_etag().into();
        }
        if text(resource, "/properties/provisioningState").is_empty() {
            resource["properties"]["provisioningState"] = "Succeeded".into();
        }
    }
    if kind.name == SECURITY_GROUPS && resource["properties"].get("defaultSecurityRules").is_none() {
        resource["properties"]["defaultSecurityRules"] = default_rules(id(resource));
    }
}

/// Returns the rules that Azure gives every security group (docs: network-security-groups-overview, "Default security
/// rules").
fn default_rules(group: &str) -> Value {
    let rows = [
        (
            "AllowVnetInBound",
            65000,
            "Inbound",
            "Allow",
            "VirtualNetwork",
            "VirtualNetwork",
        ),
        (
            "AllowAzureLoadBalancerInBound",
            65001,
            "Inbound",
            "Allow",
            "AzureLoadBalancer",
            "*",
        ),
        ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
        (
            "AllowVnetOutBound",
            65000,
            "Outbound",
            "Allow",
            "VirtualNetwork",
            "VirtualNetwork",
        ),
        (
            "AllowInternetOutBound",
            65001,
            "Outbound",
            "Allow",
            "*",
            "Internet",
        ),
        ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
    ];
    let mut rules = Vec::with_capacity(rows.len());
    for (name, priority, direction, access, from, to) in rows {
        rules.push(json!({
            "name": name,
            "id": format!("{group}/defaultSecurityRules/{name}"),
            "properties": {
                "provisioningState": "Succeeded", "protocol": "*", "sourcePortRange": "*",
                "destinationPortRange": "*", "sourceAddressPrefix": from, "destinationAddressPrefix": to,
                "access": access, "priority": priority, "direction": direction,
            },
        }));
    }
    rules.into()
}
