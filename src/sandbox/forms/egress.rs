//! NAT gateways, public IP addresses and public IP prefixes of a state, which tell a subnet's addresses outside of Azure.
//!
//! The shapes are those of the SDK models (azure-mgmt-network: `NatGateway`, `PublicIPAddress`, `PublicIPPrefix`).

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::types::{NAT_GATEWAYS, PUBLIC_ADDRESSES, PUBLIC_PREFIXES};
use crate::model::ResourceId;
use crate::sandbox::protocol::json::{fresh_etag, id, known_word, list, text};

/// Lists of references in a NAT gateway.
const REFERENCES: &[&str] = &["publicIpAddresses", "publicIpPrefixes"];

/// Returns the type of a resource of this file, `None` for any other resource.
pub(crate) fn kind(id: &ResourceId) -> Option<&'static str> {
    let segments: Vec<&str> = id.key().split('/').skip(5).collect();
    let [_, namespace, kind, _] = segments.as_slice() else {
        return None;
    };
    let full = format!("{namespace}/{kind}");
    known_word(&[NAT_GATEWAYS, PUBLIC_ADDRESSES, PUBLIC_PREFIXES], &full)
}

/// Checks the values that a client reads, and adds what every answer has. The error is the reason as text.
pub(crate) fn complete(resource: &mut Value, kind: &str) -> Result<(), String> {
    check(resource, kind).map_err(|reason| format!("{reason} (in `{}`)", id(resource)))?;
    let properties = &mut resource["properties"];
    if text(properties, "/provisioningState").is_empty() {
        properties["provisioningState"] = "Succeeded".into();
    }
    if kind != NAT_GATEWAYS && text(properties, "/publicIPAddressVersion").is_empty() {
        properties["publicIPAddressVersion"] = "IPv4".into();
    }
    // A NAT gateway takes Standard addresses only (docs: nat-gateway/nat-overview).
    if resource.get("sku").is_none() {
        resource["sku"] = json!({"name": "Standard"});
    }
    if text(resource, "/location").is_empty() {
        resource["location"] = "eastus".into();
    }
    if text(resource, "/etag").is_empty() {
        resource["etag"] = fresh_etag().into();
    }
    Ok(())
}

fn check(resource: &Value, kind: &str) -> Result<(), String> {
    let properties = &resource["properties"];
    match kind {
        NAT_GATEWAYS => {
            for key in REFERENCES {
                check_references(properties, key)?;
            }
            Ok(())
        }
        // An address that is not assigned yet is absent.
        PUBLIC_ADDRESSES => check_text(properties, "ipAddress", |value| value.parse::<IpAddr>().is_ok()),
        _ => check_text(properties, "ipPrefix", |value| value.parse::<IpNet>().is_ok()),
    }
}

fn check_text(properties: &Value, key: &str, holds: fn(&str) -> bool) -> Result<(), String> {
    match &properties[key] {
        Value::Null => Ok(()),
        Value::String(value) if holds(value) => Ok(()),
        value => Err(format!("invalid value {value} for `{key}`")),
    }
}

fn check_references(properties: &Value, key: &str) -> Result<(), String> {
    if !matches!(properties.get(key), None | Some(Value::Null | Value::Array(_))) {
        return Err(format!("`{key}` must be a list"));
    }
    for reference in list(properties, key) {
        ResourceId::parse(id(reference)).map_err(|error| format!("`{key}`: {error}"))?;
    }
    Ok(())
}
