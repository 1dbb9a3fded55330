//! Brings a resource into the one form that the sandbox keeps: nested `properties`, subnet ids under the
//! newest key, subnets inside their virtual network.

use serde_json::{Map, Value, json};

use super::stored::kind::StoredKind;
use super::surroundings::SurroundingType;
use super::types::{NEW_KEY, OLD_KEY, PRIVATE_ENDPOINTS, SUBNETS};
use super::{defaults, egress, fill_in, stored, surroundings};
use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::protocol::json::{fresh_etag, id, is, known_word, list, normalised_location, text};

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
/// Name of a policy in the output of azure-cli, and in ARM.
const CLI_POLICY: &str = "azureAdAuthenticationAsArmPolicy";
const ARM_POLICY: &str = "azureADAuthenticationAsArmPolicy";
const CLI_ADDRESS_KEY: &str = "ipAddressOrRange";

/// Normalises a resource of a state file and refuses values that the API would not store.
///
/// A state that is built in code is not checked for values, so that clients can be tested with any. The error is
/// the reason as text.
pub(crate) fn checked(resource: Value) -> Result<Value, String> {
    let resource = normalise(resource)?;
    stored::check(&resource)?;
    Ok(resource)
}

/// Checks the shape of one resource and normalises it. The error is the reason as text.
pub(crate) fn normalise(mut resource: Value) -> Result<Value, String> {
    drop_group_names(&mut resource);
    let Value::Object(map) = resource else {
        return Err("a resource must be an object".to_owned());
    };
    let Some(Value::String(id)) = map.get("id") else {
        return Err("a resource must have an `id`".to_owned());
    };
    let (id, kind) = (id.clone(), StoredKind::of(id)?);
    if !matches!(map.get("properties"), None | Some(Value::Null | Value::Object(_))) {
        return Err(format!("`properties` of `{id}` must be an object"));
    }
    check_texts(&map)?;
    let mut resource = Value::Object(nested(map));
    if let Some(location) = resource.get("location").and_then(Value::as_str) {
        resource["location"] = normalised_location(location).into();
    }
    add_name_and_type(&mut resource, kind.type_name())?;
    match &kind {
        StoredKind::Registry(id) => registry(&mut resource, id)?,
        StoredKind::Network(id) => virtual_network(&mut resource, id)?,
        StoredKind::Subnet => nested_subnet(&mut resource)?,
        StoredKind::Egress(kind) => egress::complete(&mut resource, kind)?,
        StoredKind::Surrounding(kind) => surrounding(&mut resource, kind)?,
        StoredKind::Replication => fill_in::replication(&mut resource),
        StoredKind::Group => fill_in::group(&mut resource),
        StoredKind::Lock | StoredKind::Other(_) => {}
    }
    Ok(resource)
}

/// Adds name and type if they are missing, and refuses others than those of the id: lists select by type.
fn add_name_and_type(resource: &mut Value, kind: &str) -> Result<(), String> {
    let id = id(resource).trim_end_matches('/').to_owned();
    let name = id.rsplit('/').next().unwrap_or_default();
    for (key, own) in [("name", name), ("type", kind)] {
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

/// Nests the parts of a resource around a registry, and adds what every answer has.
fn surrounding(resource: &mut Value, kind: &SurroundingType) -> Result<(), String> {
    for list in kind.parts {
        for part in elements_at(resource, &format!("/properties/{list}")) {
            nest(part)?;
        }
    }
    surroundings::complete(resource, kind);
    Ok(())
}

/// Nests a subnet, adds its name and type, and what a PUT would have set.
fn nested_subnet(subnet: &mut Value) -> Result<(), String> {
    add_name_and_type(subnet, SUBNETS)?;
    let id = id(subnet).to_owned();
    for delegation in elements_at(subnet, "/properties/delegations") {
        nest(delegation)?;
        fill_in::delegation(delegation, &id);
    }
    fill_in::subnet(subnet);
    Ok(())
}

/// Refuses another type than a string under the keys that say what a resource is.
fn check_texts(map: &Map<String, Value>) -> Result<(), String> {
    for key in ["id", "name", "type", "location", "etag"] {
        if !matches!(map.get(key), None | Some(Value::Null | Value::String(_))) {
            return Err(format!("`{key}` must be a string, not {}", map[key]));
        }
    }
    Ok(())
}

/// Nests a part of a resource in its place.
fn nest(part: &mut Value) -> Result<(), String> {
    let Value::Object(map) = part.take() else {
        return Err("a list of resources has something else than objects".to_owned());
    };
    check_texts(&map)?;
    *part = Value::Object(nested(map));
    Ok(())
}

/// Removes the `resourceGroup` that azure-cli prints beside each id.
fn drop_group_names(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove("resourceGroup");
            map.values_mut().for_each(drop_group_names);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_group_names),
        _ => {}
    }
}

/// Moves flat properties under `properties`. `az acr show` prints them flat, with nulls.
fn nested(map: Map<String, Value>) -> Map<String, Value> {
    if matches!(map.get("properties"), Some(Value::Object(_))) {
        return map;
    }
    let (mut top, mut properties) = (Map::new(), Map::new());
    for (key, value) in map {
        if value.is_null() {
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
    for connection in elements_at(resource, "/properties/privateEndpointConnections") {
        nest(connection)?;
        add_name_and_type(connection, PRIVATE_ENDPOINTS)?;
    }
    if let Some(Value::Object(policies)) = resource.pointer_mut("/properties/policies")
        && let Some(policy) = policies.shift_remove(CLI_POLICY)
    {
        policies.insert(ARM_POLICY.to_owned(), policy);
    }
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
        return match properties.shift_remove("networkRuleSet") {
            Some(set) if is_restricted(&set) => Err(format!(
                "`networkRuleSet` of `{id}`: rules and Deny need the SKU Premium, not {sku}"
            )),
            _ => Ok(()),
        };
    }
    let set = properties
        .entry("networkRuleSet")
        .or_insert_with(defaults::rule_set);
    *set = rule_set(set).map_err(|reason| format!("`networkRuleSet` of `{id}`: {reason}"))?;
    Ok(())
}

/// Returns true for a rule set that admits less than everyone.
pub(crate) fn is_restricted(set: &Value) -> bool {
    is(set, "/defaultAction", "Deny")
        || !list(set, "ipRules").is_empty()
        || !list(set, "virtualNetworkRules").is_empty()
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
        check_rule(rule, keys).map_err(|reason| format!("a rule in `{name}` {reason}"))?;
        // Files of several sources have the value under different keys.
        let Some(value) = keys.iter().find_map(|key| rule.get(*key)?.as_str()) else {
            return Err(format!("a rule in `{name}` has no `{}`", keys[0]));
        };
        rules.push(json!({"action": "Allow", keys[0]: value}));
    }
    Ok(Value::Array(rules))
}

/// Refuses a rule with a key of another thing. Older api-versions and azure-cli show the `state` of a subnet rule.
fn check_rule(rule: &Value, keys: &[&str]) -> Result<(), String> {
    for (key, value) in rule.as_object().into_iter().flatten() {
        let is_word = ["action", "state"].contains(&key.as_str());
        if is_word && !value.is_string() && !value.is_null() {
            return Err(format!("must have a string as `{key}`"));
        }
        if !is_word && !keys.contains(&key.as_str()) {
            return Err(format!("has the unknown key `{key}`"));
        }
    }
    Ok(())
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
        nest(subnet)?;
        add_subnet_id(subnet, id);
        check_inside(text(subnet, "/id"), id)?;
        nested_subnet(subnet)?;
    }
    fill_in::network(resource);
    // An operation ends with its process, so a resource that was `Updating` in the file is done.
    settle(resource);
    let mut etag = text(resource, "/etag").to_owned();
    if etag.is_empty() {
        etag = fresh_etag();
    }
    stamp(resource, etag);
    Ok(())
}

/// Adds the id of a subnet that has a name only.
fn add_subnet_id(subnet: &mut Value, network: &ResourceId) {
    let name = text(subnet, "/name");
    if text(subnet, "/id").is_empty() && !name.is_empty() {
        subnet["id"] = format!("{network}/subnets/{name}").into();
    }
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
        stamp_subnet(subnet, &etag);
    }
    network["etag"] = etag.into();
}

/// Gives a subnet and its delegations an ETag.
pub(crate) fn stamp_subnet(subnet: &mut Value, etag: &str) {
    subnet["etag"] = etag.into();
    for delegation in elements_at(subnet, "/properties/delegations") {
        delegation["etag"] = etag.into();
    }
}

/// Returns the elements of the array at a pointer, none for another value.
fn elements_at<'a>(resource: &'a mut Value, pointer: &str) -> &'a mut [Value] {
    resource.pointer_mut(pointer).map_or(&mut [], elements)
}

/// Returns the elements of an array, none for another value.
fn elements(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(elements) => elements,
        _ => &mut [],
    }
}
