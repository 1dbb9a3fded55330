//! The subnet of a PUT body: a property that the body omits is removed, an unknown one is kept.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::errors::{differs, invalid};
use super::{delegations, names};
use crate::sandbox::forms::json_type::{check_known, check_object};
use crate::sandbox::forms::network_types::{ENDPOINT, SUBNET, SUBNET_TOP};
use crate::sandbox::forms::types::SUBNETS;
use crate::sandbox::protocol::echo;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, known_word, list, text};
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::resources::locations;

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

/// Properties that clients send back and Azure ignores (Azure SDK models at 2026-03-01).
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

/// Returns the subnet after a PUT: `Updating`, with the defaults of the api-version and an empty ETag. `at` is the place
/// of the subnet in the body, empty for the body itself.
pub(crate) fn replaced(
    version: &str,
    parent: &Value,
    old: Option<&Value>,
    name: &str,
    body: &Map<String, Value>,
    at: &str,
) -> Result<Value, Answer> {
    let path = format!("{}/subnets/{name}", id(parent));
    let sent = checked_properties(body, name, &path, at)?;
    // A state may hold a subnet with any name, so only a new one is checked.
    if old.is_none() {
        names::check_network(name, 80)?;
    }
    let mut properties = Map::from_iter([("provisioningState".to_owned(), json!("Updating"))]);
    add_sent(&mut properties, sent, READ_ONLY, DROPPED_EMPTY);
    check_prefixes(&properties, &path)?;
    if let Some(endpoints) = properties.get_mut("serviceEndpoints") {
        let at = format!("{at}properties.serviceEndpoints");
        *endpoints = completed_endpoints(endpoints, old, text(parent, "/location"), &at)?;
    }
    if let Some(sent) = properties.get_mut("delegations") {
        *sent = delegations::completed(sent, old, &path)?;
    }
    // No body can remove what Azure alone writes, such as the users of the subnet.
    for (key, value) in written_by_azure(old) {
        properties.insert(key.clone(), value.clone());
    }
    // Properties that the body omits get their default.
    for (key, value) in policy_defaults(version) {
        properties.entry(key).or_insert(value);
    }
    // An existing subnet keeps the case of its name and id.
    let (name, id) = match old {
        Some(old) => (text(old, "/name"), id(old)),
        None => (name, path.as_str()),
    };
    Ok(json!({
        "name": name,
        "id": id,
        "etag": "",
        "properties": properties,
        "type": SUBNETS,
    }))
}

/// Returns the `properties` of a body that has the keys and types of a subnet, and the name and id of the path.
fn checked_properties<'a>(
    body: &'a Map<String, Value>,
    name: &str,
    path: &str,
    at: &str,
) -> Result<&'a Map<String, Value>, Answer> {
    let Some(Value::Object(sent)) = body.get("properties") else {
        return Err(invalid("a subnet PUT must have `properties`"));
    };
    check_object(body, SUBNET_TOP, at).map_err(differs)?;
    check_known(sent, SUBNET, &format!("{at}properties.")).map_err(differs)?;
    echo::check_same(body, name, path, SUBNETS)?;
    Ok(sent)
}

/// Refuses a subnet without a prefix, and one with both keys. Azure alone knows the prefixes that an address pool would
/// give.
fn check_prefixes(properties: &Map<String, Value>, path: &str) -> Result<(), Answer> {
    match ["addressPrefix", "addressPrefixes"].map(|key| is_given(properties, key)) {
        [true, true] => Err(both_prefixes(path)),
        [false, false] if is_given(properties, "ipamPoolPrefixAllocations") => Err(
            errors::not_established("the prefixes that an address pool gives to a subnet"),
        ),
        [false, false] => Err(invalid("a subnet must have `addressPrefix` or `addressPrefixes`")),
        _ => Ok(()),
    }
}

/// Returns true if a property is there and is not an empty list.
fn is_given(properties: &Map<String, Value>, key: &str) -> bool {
    properties.get(key).is_some_and(|sent| *sent != json!([]))
}

/// Returns the read-only properties of the stored subnet but for its state, which each write sets.
fn written_by_azure(old: Option<&Value>) -> Vec<(&String, &Value)> {
    let mut found = Vec::new();
    for (key, value) in old
        .and_then(|old| old["properties"].as_object())
        .into_iter()
        .flatten()
    {
        if key != "provisioningState" && READ_ONLY.contains(&key.as_str()) {
            found.push((key, value));
        }
    }
    found
}

/// Adds the properties of a body that a PUT stores: all but null, those in `read_only`, and empty lists in
/// `dropped_empty`.
pub(crate) fn add_sent(
    properties: &mut Map<String, Value>,
    sent: &Map<String, Value>,
    read_only: &[&str],
    dropped_empty: &[&str],
) {
    for (key, value) in sent {
        let ignored = read_only.contains(&key.as_str()) || value.is_null();
        let dropped = dropped_empty.contains(&key.as_str()) && *value == json!([]);
        if !ignored && !dropped {
            properties.insert(key.clone(), value.clone());
        }
    }
}

/// Returns the error for a subnet with both keys (Azure/azure-cli#32005, 2025-08, which does not show the code).
fn both_prefixes(subnet: &str) -> Answer {
    let message = format!(
        "Invalid configuration on subnet {subnet}; cannot populate both address prefix and address prefixes."
    );
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}

/// Returns the defaults of properties that the body omits (recorded: `Enabled` in 2021-08, `Disabled` from 2022-01
/// on).
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

/// Returns the service endpoints of a subnet in the form that Azure stores.
///
/// `locations` is `["*"]` for the registry service (recorded: azure-cli test_acr_network_rule, 2021-02). Other
/// services keep the sent or the stored ones. Without either they get the network's own region and, for Storage, its
/// pair.
fn completed_endpoints(
    sent: &Value,
    old: Option<&Value>,
    location: &str,
    at: &str,
) -> Result<Value, Answer> {
    let Value::Array(sent) = sent else {
        return Err(invalid("`serviceEndpoints` must be a list"));
    };
    let mut seen = BTreeSet::new();
    let mut completed = Vec::with_capacity(sent.len());
    for (position, endpoint) in sent.iter().enumerate() {
        if let Value::Object(sent) = endpoint {
            check_known(sent, ENDPOINT, &format!("{at}[{position}].")).map_err(differs)?;
        }
        check_endpoint(endpoint, old, &mut seen)?;
        completed.push(completed_endpoint(endpoint, old, location));
    }
    Ok(Value::Array(completed))
}

/// Refuses an endpoint without a service, a second one of a service, and one of an unknown service or place. `seen`
/// holds the services before it, in lower case.
fn check_endpoint(
    endpoint: &Value,
    old: Option<&Value>,
    seen: &mut BTreeSet<String>,
) -> Result<(), Answer> {
    let service = text(endpoint, "/service");
    if service.is_empty() {
        return Err(invalid("a service endpoint must have a `service`"));
    }
    if !seen.insert(service.to_ascii_lowercase()) {
        return Err(errors::not_established(&format!(
            "two service endpoints of `{service}`"
        )));
    }
    // An endpoint of the state may be written back, whatever its service.
    if known_word(ENDPOINT_SERVICES, service).is_none() && stored_endpoint(old, service).is_none() {
        return Err(errors::not_established(&format!(
            "a service endpoint of `{service}`"
        )));
    }
    for location in list(endpoint, "locations") {
        let location = text(location, "");
        if location != "*" && !locations::is_region(location) {
            return Err(errors::not_established(&format!(
                "a service endpoint in `{location}`"
            )));
        }
    }
    Ok(())
}

fn completed_endpoint(sent: &Value, old: Option<&Value>, location: &str) -> Value {
    let service = text(sent, "/service");
    let locations = endpoint_locations(service, sent, old, location);
    let mut endpoint =
        json!({"provisioningState": "Updating", "service": service, "locations": locations});
    // Keeps `networkIdentifier` and unknown keys, as in the subnet itself.
    for (key, value) in sent.as_object().into_iter().flatten() {
        if !value.is_null() && endpoint.get(key).is_none() {
            endpoint[key] = value.clone();
        }
    }
    endpoint
}

/// Returns the endpoint of this service that the subnet has already.
fn stored_endpoint<'a>(old: Option<&'a Value>, service: &str) -> Option<&'a Value> {
    let stored = list(&old?["properties"], "serviceEndpoints");
    stored.iter().find(|known| is(known, "/service", service))
}

fn endpoint_locations(service: &str, sent: &Value, old: Option<&Value>, location: &str) -> Value {
    if service.eq_ignore_ascii_case("Microsoft.ContainerRegistry") {
        return json!(["*"]);
    }
    for endpoint in [Some(sent), stored_endpoint(old, service)].into_iter().flatten() {
        let locations = list(endpoint, "locations");
        if !locations.is_empty() {
            return json!(locations);
        }
    }
    // Neither the body nor the state has locations.
    match paired_region(location) {
        Some(pair) if service.eq_ignore_ascii_case("Microsoft.Storage") => json!([location, pair]),
        _ => json!([location]),
    }
}

fn paired_region(region: &str) -> Option<&'static str> {
    for (one, other) in PAIRS {
        if *one == region {
            return Some(*other);
        }
        if *other == region {
            return Some(*one);
        }
    }
    None
}
