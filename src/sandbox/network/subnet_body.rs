//! The subnet that a body makes: what it leaves out is gone, unknown properties stay.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::errors::invalid;
use super::names;
use crate::sandbox::forms::network_types;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, list, text};
use crate::sandbox::protocol::response::Answer;

/// Services that can have an endpoint (virtual-network-service-endpoints-overview; the directory:
/// hashicorp/terraform-provider-azurerm#21342).
pub(crate) const ENDPOINT_SERVICES: &[&str] = &[
    "Microsoft.Storage",
    "Microsoft.Sql",
    "Microsoft.AzureCosmosDB",
    "Microsoft.KeyVault",
    "Microsoft.ServiceBus",
    "Microsoft.EventHub",
    "Microsoft.Web",
    "Microsoft.CognitiveServices",
    "Microsoft.ContainerRegistry",
    "Microsoft.Storage.Global",
    "Microsoft.AzureActiveDirectory",
];

/// Properties that a client may send back and Azure ignores (Azure SDK models at 2026-03-01).
const READ_ONLY: &[&str] = &[
    "provisioningState",
    "privateEndpoints",
    "ipConfigurations",
    "ipConfigurationProfiles",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
    "purpose",
];

/// Lists that Azure leaves out when they are empty (recorded: azure-powershell TestCreateWithNetworkRuleSet,
/// 2020-10). `serviceEndpoints` is not one of them: sent empty it stays `[]` (recorded: azure-libraries-for-net
/// CreateUpdateSubnetServiceAccess, 2019-12).
const DROPPED_EMPTY: &[&str] = &[
    "addressPrefixes",
    "serviceEndpointPolicies",
    "ipAllocations",
    "applicationGatewayIPConfigurations",
];

/// Region pairs of the service endpoint of Microsoft.Storage (recorded for `westus`: azure-libraries-for-net
/// CreateUpdateSubnetServiceAccess, 2019-12; the others from cross-region-replication-azure).
const PAIRS: &[(&str, &str)] = &[
    ("westus", "eastus"),
    ("eastus2", "centralus"),
    ("westus2", "westcentralus"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("uksouth", "ukwest"),
    ("eastasia", "southeastasia"),
    ("japaneast", "japanwest"),
    ("canadacentral", "canadaeast"),
    ("australiaeast", "australiasoutheast"),
    ("koreacentral", "koreasouth"),
    ("centralindia", "southindia"),
];

/// The subnet that a PUT makes. What the body does not have is gone; unknown properties stay.
pub(crate) fn replaced(
    version: &str,
    parent: &Value,
    old: Option<&Value>,
    name: &str,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let Some(Value::Object(sent)) = body.get("properties") else {
        return Err(invalid("a subnet PUT must have `properties`"));
    };
    network_types::check(sent, network_types::SUBNET)?;
    if old.is_none() {
        names::check_network(name, 80)?;
    }
    let mut properties = Map::from_iter([("provisioningState".to_owned(), json!("Updating"))]);
    let kept = sent
        .iter()
        .filter(|(key, value)| !READ_ONLY.contains(&key.as_str()) && !value.is_null())
        .filter(|(key, value)| !DROPPED_EMPTY.contains(&key.as_str()) || **value != json!([]));
    properties.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    if !["addressPrefix", "addressPrefixes", "ipamPoolPrefixAllocations"]
        .iter()
        .any(|key| properties.contains_key(*key))
    {
        return Err(invalid("a subnet must have `addressPrefix` or `addressPrefixes`"));
    }
    if properties.contains_key("addressPrefix") && properties.contains_key("addressPrefixes") {
        return Err(both_prefixes(&format!("{}/subnets/{name}", id(parent))));
    }
    if let Some(endpoints) = properties.get_mut("serviceEndpoints") {
        *endpoints = completed_endpoints(endpoints, old, text(parent, "/location"))?;
    }
    for (key, value) in policy_defaults(version) {
        properties.entry(key).or_insert(value);
    }
    Ok(json!({
        "name": old.map_or(name, |old| text(old, "/name")),
        "id": old.map_or_else(|| format!("{}/subnets/{name}", id(parent)), |old| id(old).to_owned()),
        "etag": "",
        "properties": properties,
        "type": "Microsoft.Network/virtualNetworks/subnets",
    }))
}

/// Azure/azure-cli#32005, 2025-08, which does not show the code.
fn both_prefixes(subnet: &str) -> Answer {
    let message = format!(
        "Invalid configuration on subnet {subnet}; cannot populate both address prefix and address prefixes."
    );
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}

/// What a subnet has that the body leaves out (recorded: `Enabled` in 2021-08, `Disabled` from 2022-01 on).
fn policy_defaults(version: &str) -> [(&'static str, Value); 3] {
    let endpoint_policies = if version < "2022-01-01" {
        "Enabled"
    } else {
        "Disabled"
    };
    [
        ("delegations", json!([])),
        ("privateEndpointNetworkPolicies", endpoint_policies.into()),
        ("privateLinkServiceNetworkPolicies", "Enabled".into()),
    ]
}

/// Endpoints as Azure completes them: `locations` is `["*"]` for the registry service (recorded: azure-cli
/// test_acr_network_rule, 2021-02). For other services the sent or stored ones stay, else the network's own
/// region and, for Storage, its pair.
fn completed_endpoints(sent: &Value, old: Option<&Value>, location: &str) -> Result<Value, Answer> {
    let sent = sent
        .as_array()
        .ok_or_else(|| invalid("`serviceEndpoints` must be a list"))?;
    let mut seen = BTreeSet::new();
    let complete = |endpoint: &Value| {
        if let Some(sent) = endpoint.as_object() {
            network_types::check(sent, network_types::ENDPOINT)?;
        }
        let service = text(endpoint, "/service");
        if service.is_empty() {
            return Err(invalid("a service endpoint must have a `service`"));
        }
        if !seen.insert(service.to_ascii_lowercase()) {
            return Err(errors::not_established(&format!(
                "two service endpoints of `{service}`"
            )));
        }
        let known = |name: &&str| name.eq_ignore_ascii_case(service);
        if !ENDPOINT_SERVICES.iter().any(known) && !in_list(old, service) {
            return Err(errors::not_established(&format!(
                "a service endpoint of `{service}`"
            )));
        }
        let locations = locations(service, endpoint, old, location);
        let mut whole =
            json!({"provisioningState": "Updating", "service": service, "locations": locations});
        let others = endpoint.as_object().into_iter().flatten();
        for (key, value) in others.filter(|(_, value)| !value.is_null()) {
            // `networkIdentifier`, and unknown keys, which stay as they do in the subnet.
            if whole.get(key).is_none() {
                whole[key] = value.clone();
            }
        }
        Ok(whole)
    };
    sent.iter()
        .map(complete)
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

/// Whether the subnet has an endpoint of this service already: what a state has may be written back.
fn in_list(old: Option<&Value>, service: &str) -> bool {
    let before = old.map_or(&[][..], |old| list(&old["properties"], "serviceEndpoints"));
    before.iter().any(|known| is(known, "/service", service))
}

fn locations(service: &str, sent: &Value, old: Option<&Value>, location: &str) -> Value {
    if service.eq_ignore_ascii_case("Microsoft.ContainerRegistry") {
        return json!(["*"]);
    }
    let before = old.map_or(&[][..], |old| list(&old["properties"], "serviceEndpoints"));
    let before = before
        .iter()
        .find(|known| text(known, "/service").eq_ignore_ascii_case(service));
    let mut known = [Some(sent), before]
        .into_iter()
        .flatten()
        .map(|endpoint| list(endpoint, "locations"));
    known
        .find(|list| !list.is_empty())
        .map_or_else(|| json!(regions(service, location)), |list| json!(list))
}

/// The network's own region, and for Storage its pair.
fn regions<'a>(service: &str, location: &'a str) -> Vec<&'a str> {
    let pair = PAIRS.iter().find_map(|(one, other)| match location {
        _ if one == &location => Some(*other),
        _ if other == &location => Some(*one),
        _ => None,
    });
    let pair = pair.filter(|_| service.eq_ignore_ascii_case("Microsoft.Storage"));
    [Some(location), pair].into_iter().flatten().collect()
}
