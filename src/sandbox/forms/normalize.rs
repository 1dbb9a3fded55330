//! Brings a resource into the one form that the sandbox keeps: nested `properties`, subnet ids under the
//! newest key, subnets inside their virtual network.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::types::{NEW_KEY, OLD_KEY};
use super::{check_values, defaults, egress, fill_in};
use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::protocol::json::{
    fresh_etag, id, is, known_word, list, normalised_location, same_id, text,
};

/// Keys that stay outside `properties` when the flat output of `az … show` is nested again.
const TOP: &[&str] = &[
    "id",
    "name",
    "type",
    "location",
    "tags",
    "sku",
    "systemData",
    "identity",
    "etag",
    "zones",
];
/// Names of a rule's subnet id and address in the output of azure-cli and the SDKs.
const CLI_SUBNET_KEY: &str = "virtualNetworkResourceId";
const CLI_ADDRESS_KEY: &str = "ipAddressOrRange";

/// Normalises a resource of a state file and refuses values that the API would not store.
///
/// A state that is built in code is not checked for values, so that clients can be tested with any. The error is
/// the reason as text.
pub(crate) fn checked(resource: Value) -> Result<Value, String> {
    let resource = normalise(resource)?;
    check_values::check(&resource)?;
    Ok(resource)
}

/// Checks the shape of one resource and normalises it. The error is the reason as text.
pub(crate) fn normalise(resource: Value) -> Result<Value, String> {
    let Value::Object(map) = resource else {
        return Err("a resource must be an object".to_owned());
    };
    let Some(Value::String(id)) = map.get("id") else {
        return Err("a resource must have an `id`".to_owned());
    };
    let parsed = ResourceId::parse(id).map_err(|error| error.to_string())?;
    if !matches!(map.get("properties"), None | Some(Value::Null | Value::Object(_))) {
        return Err(format!("`properties` of `{parsed}` must be an object"));
    }
    let mut resource = Value::Object(nested(map));
    if let Some(location) = resource.get("location").and_then(Value::as_str) {
        resource["location"] = normalised_location(location).into();
    }
    // Resources of other types are kept as they are.
    if let Ok(id) = RegistryId::parse(parsed.as_str()) {
        add_name_and_type(&mut resource, &parsed, "Microsoft.ContainerRegistry/registries")?;
        registry(&mut resource, &id)?;
    } else if is_network(&parsed) {
        add_name_and_type(&mut resource, &parsed, "Microsoft.Network/virtualNetworks")?;
        virtual_network(&mut resource, &parsed)?;
    } else if let Some(kind) = egress::kind(&parsed) {
        add_name_and_type(&mut resource, &parsed, kind)?;
        egress::complete(&mut resource, kind)?;
    }
    Ok(resource)
}

/// Adds name and type if they are missing, and refuses others than those of the id: lists select by type.
fn add_name_and_type(resource: &mut Value, id: &ResourceId, kind: &str) -> Result<(), String> {
    for (key, own) in [("name", id.name()), ("type", kind)] {
        let sent = text(resource, &format!("/{key}"));
        if !sent.is_empty() && !sent.eq_ignore_ascii_case(own) {
            return Err(format!("`{key}` of `{id}` must be {own}, not `{sent}`"));
        }
        if sent.is_empty() {
            resource[key] = own.into();
        }
    }
    Ok(())
}

/// Moves flat properties under `properties`. `az acr show` prints them flat, with nulls and a `resourceGroup`.
fn nested(map: Map<String, Value>) -> Map<String, Value> {
    if matches!(map.get("properties"), Some(Value::Object(_))) {
        return map;
    }
    let (mut top, mut properties) = (Map::new(), Map::new());
    for (key, value) in map {
        if value.is_null() || key == "resourceGroup" {
            continue;
        }
        // These keys are not properties.
        if TOP.contains(&key.as_str()) {
            top.insert(key, value);
        } else {
            properties.insert(key, value);
        }
    }
    top.insert("properties".to_owned(), Value::Object(properties));
    top
}

fn registry(resource: &mut Value, id: &RegistryId) -> Result<(), String> {
    fill_in::registry(resource, id)?;
    let sku = text(resource, "/sku/name").to_owned();
    if matches!(resource.pointer("/sku/tier"), None | Some(Value::Null)) {
        resource["sku"]["tier"] = Value::String(sku.clone());
    }
    let Some(properties) = resource["properties"].as_object_mut() else {
        return Ok(());
    };
    // Network rules exist at Premium only.
    if !sku.eq_ignore_ascii_case("Premium") {
        properties.shift_remove("networkRuleSet");
        return Ok(());
    }
    let set = properties
        .entry("networkRuleSet")
        .or_insert_with(defaults::rule_set);
    *set = rule_set(set).map_err(|reason| format!("`networkRuleSet` of `{id}`: {reason}"))?;
    Ok(())
}

/// Returns all three keys in the order of a GET, from the `networkRuleSet` of any api-version or of azure-cli.
fn rule_set(set: &Value) -> Result<Value, String> {
    let mut whole = defaults::rule_set();
    match set.get("defaultAction") {
        None | Some(Value::Null) => {}
        Some(Value::String(sent)) => {
            let known = known_word(&["Allow", "Deny"], sent);
            whole["defaultAction"] = known.unwrap_or(sent).into();
        }
        Some(_) => return Err("`defaultAction` must be a string".to_owned()),
    }
    let known = ["defaultAction", "ipRules", "virtualNetworkRules"];
    if let Some(other) = set
        .as_object()
        .and_then(|set| set.keys().find(|key| !known.contains(&key.as_str())))
    {
        return Err(format!("unknown key `{other}`"));
    }
    let keys = [NEW_KEY, OLD_KEY, CLI_SUBNET_KEY];
    whole["virtualNetworkRules"] = rules(set, "virtualNetworkRules", &keys)?;
    whole["ipRules"] = rules(set, "ipRules", &["value", CLI_ADDRESS_KEY])?;
    Ok(whole)
}

/// Returns the rules of one list, each with its value under the first of `keys`.
fn rules(set: &Value, name: &str, keys: &[&str]) -> Result<Value, String> {
    if !matches!(set.get(name), None | Some(Value::Null | Value::Array(_))) {
        return Err(format!("`{name}` must be a list"));
    }
    let mut rules = Vec::new();
    for rule in list(set, name) {
        // Files of several sources have the value under different keys.
        let Some(value) = keys.iter().find_map(|key| rule.get(*key)?.as_str()) else {
            return Err(format!("a rule in `{name}` has no `{}`", keys[0]));
        };
        rules.push(json!({"action": "Allow", keys[0]: value}));
    }
    Ok(Value::Array(rules))
}

/// Nests the subnets of a virtual network, marks it as done and gives it an ETag if it has none.
fn virtual_network(resource: &mut Value, id: &ResourceId) -> Result<(), String> {
    let Some(properties) = resource["properties"].as_object_mut() else {
        return Ok(());
    };
    let subnets = properties
        .entry("subnets")
        .or_insert_with(|| Value::Array(Vec::new()));
    let subnets = subnets.as_array_mut().ok_or("`subnets` must be a list")?;
    for subnet in subnets {
        let Value::Object(map) = subnet.take() else {
            return Err("a subnet must be an object".to_owned());
        };
        *subnet = Value::Object(nested(map));
        check_inside(text(subnet, "/id"), id)?;
    }
    // An operation ends with its process, so a resource that was `Updating` in the file is done.
    settle(resource);
    let mut etag = text(resource, "/etag").to_owned();
    if etag.is_empty() {
        etag = fresh_etag();
    }
    stamp(resource, etag);
    Ok(())
}

fn check_inside(subnet: &str, network: &ResourceId) -> Result<(), String> {
    match SubnetId::parse(subnet) {
        Ok(parsed) if parsed.vnet_key() == network.key() => Ok(()),
        _ => Err(format!("subnet id `{subnet}` is not inside `{network}`")),
    }
}

/// Marks the network, its subnets and their endpoints as done.
pub(crate) fn settle(network: &mut Value) {
    end_update(&mut network["properties"]);
    for subnet in elements(&mut network["properties"]["subnets"]) {
        settle_subnet(subnet);
    }
}

/// Marks a subnet and its endpoints as done.
pub(crate) fn settle_subnet(subnet: &mut Value) {
    end_update(&mut subnet["properties"]);
    if let Some(endpoints) = subnet["properties"].get_mut("serviceEndpoints") {
        for endpoint in elements(endpoints) {
            end_update(endpoint);
        }
    }
}

fn end_update(value: &mut Value) {
    if is(value, "/provisioningState", "Updating") {
        value["provisioningState"] = "Succeeded".into();
    }
}

/// Gives the network and all of its subnets one ETag: they share it.
pub(crate) fn stamp(network: &mut Value, etag: String) {
    for subnet in elements(&mut network["properties"]["subnets"]) {
        subnet["etag"] = etag.clone().into();
    }
    network["etag"] = etag.into();
}

/// Returns the elements of an array, none for another value.
fn elements(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(elements) => elements,
        _ => &mut [],
    }
}

fn is_network(id: &ResourceId) -> bool {
    let segments: Vec<&str> = id.key().split('/').skip(1).collect();
    matches!(
        segments.as_slice(),
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            "microsoft.network",
            "virtualnetworks",
            _
        ]
    )
}

/// Puts standalone subnets into their virtual networks.
pub(crate) fn fold_subnets(resources: Vec<Value>) -> Vec<Value> {
    let (mut others, mut subnets) = (Vec::new(), Vec::new());
    for resource in resources {
        match SubnetId::parse(id(&resource)) {
            Ok(subnet) => subnets.push((subnet, Some(resource))),
            Err(_) => others.push(resource),
        }
    }
    add_subnets(others, subnets)
}

/// Adds subnets with Azure's defaults.
pub(crate) fn with_subnets(resources: Vec<Value>, subnets: &[&SubnetId]) -> Vec<Value> {
    let fresh = subnets.iter().map(|id| ((*id).clone(), None)).collect();
    add_subnets(resources, fresh)
}

/// Adds subnets to their networks, and makes the networks that are missing. An existing subnet stays.
fn add_subnets(mut resources: Vec<Value>, subnets: Vec<(SubnetId, Option<Value>)>) -> Vec<Value> {
    if subnets.is_empty() {
        return resources;
    }
    // An index by id: a search per subnet would take quadratic time.
    let mut positions = BTreeMap::new();
    for (position, resource) in resources.iter().enumerate() {
        positions.insert(id(resource).to_ascii_lowercase(), position);
    }
    for (subnet, body) in subnets {
        let key = subnet.vnet_key().to_owned();
        let position = *positions.entry(key).or_insert(resources.len());
        if position == resources.len() {
            resources.push(network_of(&subnet));
        }
        add_subnet(&mut resources[position], &subnet, body);
    }
    resources
}

fn add_subnet(network: &mut Value, subnet: &SubnetId, body: Option<Value>) {
    // A network and its subnets have one ETag.
    let etag = network["etag"].clone();
    let Some(subnets) = network["properties"]["subnets"].as_array_mut() else {
        return;
    };
    if subnets.iter().any(|known| same_id(id(known), subnet.as_str())) {
        return;
    }
    let mut body = body.unwrap_or_else(|| defaults::subnet(subnet, subnets.len()));
    settle_subnet(&mut body);
    body["etag"] = etag;
    subnets.push(body);
}

/// Returns a new virtual network for a subnet whose network is missing.
fn network_of(subnet: &SubnetId) -> Value {
    // Cuts `/subnets/NAME` off the id.
    let end = subnet.as_str().len() - "/subnets/".len() - subnet.name().len();
    let network =
        ResourceId::parse(&subnet.as_str()[..end]).expect("a subnet id begins with its network's id");
    defaults::virtual_network(&network)
}
