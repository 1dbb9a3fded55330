//! Brings a resource into the one shape that the sandbox keeps: nested `properties`, subnet ids under the
//! newest key, subnets inside their virtual network.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::types::{NEW_KEY, OLD_KEY};
use super::{check_values, defaults, fill_in};
use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::protocol::json::{fresh_etag, id, is, normalised_location, same_id};

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
/// What azure-cli and the SDKs call a rule's id or address in their output.
const CLI_SUBNET_KEY: &str = "virtualNetworkResourceId";
const CLI_ADDRESS_KEY: &str = "ipAddressOrRange";

/// Normalises a resource of a state file whose values the API would take, too ([`state_values`]). A state that is put
/// together in code may have others, so that clients can be tried with them.
pub(crate) fn checked(resource: Value) -> Result<Value, String> {
    let resource = normalise(resource)?;
    check_values::check(&resource)?;
    Ok(resource)
}

/// Checks the shape of one resource and normalises it. The error says what is wrong with it.
pub(crate) fn normalise(resource: Value) -> Result<Value, String> {
    let Value::Object(map) = resource else {
        return Err("a resource must be an object".to_owned());
    };
    let text = map
        .get("id")
        .and_then(Value::as_str)
        .ok_or("a resource must have an `id`")?;
    let parsed = ResourceId::parse(text).map_err(|error| error.to_string())?;
    let properties = map.get("properties");
    if !properties.is_none_or(|properties| properties.is_object() || properties.is_null()) {
        return Err(format!("`properties` of `{parsed}` must be an object"));
    }
    let mut resource = Value::Object(nested(map));
    if let Some(location) = resource.get("location").and_then(Value::as_str) {
        resource["location"] = normalised_location(location).into();
    }
    if let Ok(id) = RegistryId::parse(parsed.as_str()) {
        named(&mut resource, &parsed, "Microsoft.ContainerRegistry/registries");
        registry(&mut resource, &id)?;
    } else if is_network(&parsed) {
        named(&mut resource, &parsed, "Microsoft.Network/virtualNetworks");
        virtual_network(&mut resource, &parsed)?;
    }
    Ok(resource)
}

/// Name and type follow from the id, whether they were pasted or not: lists go by type.
fn named(resource: &mut Value, id: &ResourceId, kind: &str) {
    if crate::sandbox::protocol::json::text(resource, "/name").is_empty() {
        resource["name"] = id.name().into();
    }
    if crate::sandbox::protocol::json::text(resource, "/type").is_empty() {
        resource["type"] = kind.into();
    }
}

/// `az acr show` prints properties flat, with nulls and a `resourceGroup`; GET nests them.
fn nested(map: Map<String, Value>) -> Map<String, Value> {
    if map.get("properties").is_some_and(Value::is_object) {
        return map;
    }
    let (mut top, mut properties) = (Map::new(), Map::new());
    for (key, value) in map.into_iter().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "resourceGroup" => {}
            name if TOP.contains(&name) => drop(top.insert(key, value)),
            _ => drop(properties.insert(key, value)),
        }
    }
    top.insert("properties".to_owned(), Value::Object(properties));
    top
}

fn registry(resource: &mut Value, id: &RegistryId) -> Result<(), String> {
    fill_in::registry(resource, id)?;
    let sku = crate::sandbox::protocol::json::text(resource, "/sku/name").to_owned();
    if resource.pointer("/sku/tier").is_none_or(Value::is_null) {
        resource["sku"]["tier"] = Value::String(sku.clone());
    }
    let Some(properties) = resource["properties"].as_object_mut() else {
        return Ok(());
    };
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

/// All three keys, in the order that GET answers them, whichever version the file was pasted from.
fn rule_set(set: &Value) -> Result<Value, String> {
    let mut whole = defaults::rule_set();
    if let Some(action) = set.get("defaultAction").filter(|action| !action.is_null()) {
        let sent = action.as_str().ok_or("`defaultAction` must be a string")?;
        let mut known = ["Allow", "Deny"].into_iter();
        let known = known.find(|known| is(action, "", known));
        whole["defaultAction"] = known.unwrap_or(sent).into();
    }
    let keys = [NEW_KEY, OLD_KEY, CLI_SUBNET_KEY];
    whole["virtualNetworkRules"] = rules(set, "virtualNetworkRules", &keys)?;
    whole["ipRules"] = rules(set, "ipRules", &["value", CLI_ADDRESS_KEY])?;
    Ok(whole)
}

/// The rules of one list, each under the first of `keys`.
fn rules(set: &Value, list: &str, keys: &[&str]) -> Result<Value, String> {
    let sent = set.get(list).filter(|rules| !rules.is_null());
    if sent.is_some_and(|rules| !rules.is_array()) {
        return Err(format!("`{list}` must be a list"));
    }
    let rule = |rule: &Value| {
        let value = keys.iter().find_map(|key| rule.get(*key)?.as_str());
        let value = value.ok_or_else(|| format!("a rule in `{list}` has no `{}`", keys[0]))?;
        Ok(serde_json::json!({"action": "Allow", keys[0]: value}))
    };
    crate::sandbox::protocol::json::list(set, list)
        .iter()
        .map(rule)
        .collect::<Result<Vec<_>, String>>()
        .map(Value::Array)
}

/// An operation ends with its process, so what was `Updating` is done; a missing ETag is made up.
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
        let subnet_id = crate::sandbox::protocol::json::id(subnet);
        if SubnetId::parse(subnet_id)
            .ok()
            .is_none_or(|subnet| subnet.vnet_key() != id.key())
        {
            return Err(format!("subnet id `{subnet_id}` is not inside `{id}`"));
        }
    }
    settle(resource);
    let etag = crate::sandbox::protocol::json::text(resource, "/etag").to_owned();
    stamp(resource, if etag.is_empty() { fresh_etag() } else { etag });
    Ok(())
}

/// Marks the network, its subnets and their endpoints as done.
pub(crate) fn settle(network: &mut Value) {
    done(&mut network["properties"]);
    let subnets = network["properties"]["subnets"].as_array_mut();
    subnets.into_iter().flatten().for_each(settle_subnet);
}

fn settle_subnet(subnet: &mut Value) {
    done(&mut subnet["properties"]);
    let endpoints = subnet["properties"].get_mut("serviceEndpoints");
    let endpoints = endpoints.and_then(Value::as_array_mut);
    endpoints.into_iter().flatten().for_each(done);
}

fn done(value: &mut Value) {
    if is(value, "/provisioningState", "Updating") {
        value["provisioningState"] = "Succeeded".into();
    }
}

/// Gives the network and all of its subnets one ETag: they share it.
pub(crate) fn stamp(network: &mut Value, etag: String) {
    for subnet in network["properties"]["subnets"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        subnet["etag"] = etag.clone().into();
    }
    network["etag"] = etag.into();
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

/// Puts subnets that stand alone into their virtual networks.
pub(crate) fn fold_subnets(resources: Vec<Value>) -> Vec<Value> {
    let subnet_id = |resource: &Value| SubnetId::parse(id(resource)).ok();
    let (subnets, rest): (Vec<_>, Vec<_>) = resources
        .into_iter()
        .partition(|resource| subnet_id(resource).is_some());
    let named = subnets
        .into_iter()
        .filter_map(|body| Some((subnet_id(&body)?, Some(body))));
    add_subnets(rest, named)
}

/// Adds subnets as Azure makes them.
pub(crate) fn with_subnets(resources: Vec<Value>, subnets: &[&SubnetId]) -> Vec<Value> {
    add_subnets(resources, subnets.iter().map(|id| ((*id).clone(), None)))
}

/// Adds subnets to their networks, which are made where they are missing. A subnet that is there stays.
fn add_subnets(
    mut resources: Vec<Value>,
    subnets: impl Iterator<Item = (SubnetId, Option<Value>)>,
) -> Vec<Value> {
    let mut subnets = subnets.peekable();
    if subnets.peek().is_none() {
        return resources;
    }
    let keys = resources.iter().map(|known| id(known).to_ascii_lowercase());
    let mut positions: BTreeMap<String, usize> = keys.zip(0..).collect();
    for (subnet, body) in subnets {
        let position = *positions
            .entry(subnet.vnet_key().to_owned())
            .or_insert(resources.len());
        if position == resources.len() {
            resources.push(network_of(&subnet));
        }
        add_subnet(&mut resources[position], &subnet, body);
    }
    resources
}

/// A network and its subnets have one ETag.
fn add_subnet(network: &mut Value, subnet: &SubnetId, body: Option<Value>) {
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

fn network_of(subnet: &SubnetId) -> Value {
    let end = subnet.as_str().len() - "/subnets/".len() - subnet.name().len();
    let network =
        ResourceId::parse(&subnet.as_str()[..end]).expect("a subnet id begins with its network's id");
    defaults::virtual_network(&network)
}
