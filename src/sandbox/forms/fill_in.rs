//! Completes a registry of a state file: checks the properties that are there and adds Azure's defaults.

use serde_json::{Map, Value};

use super::api_versions::{PROPERTIES, PropertyKind};
use super::defaults;
use super::types::DELEGATIONS;
use crate::model::RegistryId;
use crate::sandbox::protocol::json::{id, is, present, text};
use crate::sandbox::registry::fields::host_names;

/// Checks a registry and completes it: one pasted with few properties answers like one that Azure made.
///
/// The error is the reason as text.
pub(crate) fn registry(resource: &mut Value, registry: &RegistryId) -> Result<(), String> {
    check(resource)?;
    canonical_enums(&mut resource["properties"]);
    // Notes which host names are missing before the defaults fill them in as empty lists.
    let names = [
        ("dataEndpointEnabled", "dataEndpointHostNames"),
        ("regionalEndpoints", "regionalEndpointHostNames"),
    ];
    let missing = names.map(|(switch, names)| (switch, resource["properties"].get(names).is_none()));
    let default = defaults::registry(registry);
    *resource = completed(default, resource.take(), &["properties", "policies"]);
    let region = text(resource, "/location").to_owned();
    for (switch, missing) in missing {
        if missing {
            host_names(resource, switch, std::slice::from_ref(&region));
        }
    }
    Ok(())
}

/// Completes a replication: one with id and location alone answers like one that Azure made.
pub(crate) fn replication(resource: &mut Value) {
    let id = id(resource).to_owned();
    let (registry, name) = id.rsplit_once("/replications/").unwrap_or((&id, ""));
    let default = defaults::replication(registry, name, text(resource, "/location"));
    *resource = completed(default, resource.take(), &["properties"]);
}

/// Completes a resource group. One with `tags` keeps them at the place that an answer has.
pub(crate) fn group(resource: &mut Value) {
    let default = defaults::group(id(resource));
    *resource = completed(default, resource.take(), &["properties"]);
}

/// Completes a subnet of a file, but for its prefix: each PUT sets these properties.
pub(crate) fn subnet(subnet: &mut Value) {
    let Some(properties) = subnet["properties"].as_object_mut() else {
        return;
    };
    for (key, value) in defaults::subnet_properties() {
        properties.entry(key).or_insert(value);
    }
}

/// Completes a delegation of the subnet with this id (docs: manage-subnet-delegation).
pub(crate) fn delegation(delegation: &mut Value, subnet: &str) {
    let id = format!("{subnet}/delegations/{}", text(delegation, "/name"));
    delegation["id"] = id.into();
    delegation["type"] = DELEGATIONS.into();
    delegation["properties"]["provisioningState"] = "Succeeded".into();
}

/// Completes a virtual network of a file: each PUT sets these properties.
pub(crate) fn network(network: &mut Value) {
    if text(network, "/location").is_empty() {
        network["location"] = defaults::LOCATION.into();
    }
    let Some(properties) = network["properties"].as_object_mut() else {
        return;
    };
    for (key, value) in defaults::network_properties() {
        properties.entry(key).or_insert(value);
    }
}

/// Puts enums into the case that Azure stores them in.
fn canonical_enums(properties: &mut Value) {
    for (name, _, kind) in PROPERTIES {
        let PropertyKind::OneOf(known) = kind else {
            continue;
        };
        let pointer = format!("/{name}");
        if let Some(canonical) = known.iter().find(|known| is(properties, &pointer, known)) {
            properties[*name] = (*canonical).into();
        }
    }
}

/// Returns the default with each given value in place of its own. Objects under the keys in `deep` are completed
/// key by key.
fn completed(default: Value, given: Value, deep: &[&str]) -> Value {
    let (Value::Object(mut whole), Value::Object(given)) = (default, given) else {
        return Value::Null;
    };
    for (key, value) in given {
        // azure-cli prints null for what GET leaves out.
        if value.is_null() {
            continue;
        }
        let value = match whole.get_mut(&key) {
            Some(known) if known.is_object() && value.is_object() && deep.contains(&key.as_str()) => {
                completed(known.take(), value, deep)
            }
            _ => value,
        };
        whole.insert(key, value);
    }
    Value::Object(whole)
}

fn check(resource: &Value) -> Result<(), String> {
    let at = id(resource);
    check_sku(resource, at)?;
    for key in ["systemData", "tags", "identity"] {
        if !matches!(resource.get(key), None | Some(Value::Null | Value::Object(_))) {
            return Err(format!("`{key}` of `{at}` must be an object"));
        }
    }
    let none = Map::new();
    let properties = resource["properties"].as_object().unwrap_or(&none);
    for (name, _, kind) in PROPERTIES {
        // Absent properties get their default later.
        let Some(value) = present(properties, name) else {
            continue;
        };
        if let Some(wanted) = mismatch(*kind, value) {
            return Err(format!("`{name}` of `{at}` must be {wanted}"));
        }
    }
    Ok(())
}

fn check_sku(resource: &Value, at: &str) -> Result<(), String> {
    let sku = text(resource, "/sku/name");
    if sku.is_empty() {
        return Err(format!("registry `{at}` has no `sku.name`"));
    }
    Ok(())
}

/// Returns the type that a property must have if `value` has another one.
fn mismatch(kind: PropertyKind, value: &Value) -> Option<&'static str> {
    let (holds, wanted) = match kind {
        PropertyKind::ReadOnly => return None,
        PropertyKind::Bool => (value.is_boolean(), "true or false"),
        PropertyKind::RuleSet | PropertyKind::Policies | PropertyKind::Encryption => {
            (value.is_object(), "an object")
        }
        // The value itself is checked where a state file is read.
        PropertyKind::OneOf(_) => (value.is_string(), "a string"),
    };
    (!holds).then_some(wanted)
}
