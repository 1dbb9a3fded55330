//! A registry of a state file: its known properties checked, and what it leaves out as Azure makes it.

use serde_json::{Map, Value};

use super::api_versions::{PROPERTIES, PropertyKind};
use super::defaults;
use crate::model::RegistryId;
use crate::sandbox::protocol::json::{id, is, text};
use crate::sandbox::registry::fields::host_names;

/// The SKUs of the specification; `Classic` is an old one that a registry may still have.
const SKUS: [&str; 4] = ["Basic", "Standard", "Premium", "Classic"];

/// Checks a registry and completes it: one pasted with few properties answers like one that Azure made.
pub(crate) fn registry(resource: &mut Value, registry: &RegistryId) -> Result<(), String> {
    check(resource)?;
    let names = [
        ("dataEndpointEnabled", "dataEndpointHostNames"),
        ("regionalEndpoints", "regionalEndpointHostNames"),
    ];
    canonical_enums(&mut resource["properties"]);
    let missing = names.map(|(switch, names)| (switch, resource["properties"].get(names).is_none()));
    let default = defaults::registry(registry);
    *resource = completed(default, resource.take(), &["properties", "policies"]);
    let region = text(resource, "/location").to_owned();
    for (switch, _) in missing.iter().filter(|(_, missing)| *missing) {
        host_names(resource, switch, std::slice::from_ref(&region));
    }
    Ok(())
}

/// Enums in the case that Azure stores them in.
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

/// The default with everything that is there in place of it; the objects under `deep` key by key.
fn completed(default: Value, given: Value, deep: &[&str]) -> Value {
    let (Value::Object(mut whole), Value::Object(given)) = (default, given) else {
        return Value::Null;
    };
    for (key, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
        let both_objects = value.is_object() && whole.get(&key).is_some_and(Value::is_object);
        let value = match whole.get_mut(&key) {
            Some(known) if both_objects && deep.contains(&key.as_str()) => {
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
    let sku = text(resource, "/sku/name");
    if sku.is_empty() {
        return Err(format!("registry `{at}` has no `sku.name`"));
    }
    if !SKUS.iter().any(|known| is(resource, "/sku/name", known)) {
        return Err(format!(
            "`sku.name` of `{at}` must be one of {}, not `{sku}`",
            SKUS.join(", ")
        ));
    }
    for key in ["systemData", "tags", "identity"] {
        if !resource
            .get(key)
            .is_none_or(|value| value.is_object() || value.is_null())
        {
            return Err(format!("`{key}` of `{at}` must be an object"));
        }
    }
    if !resource
        .get("location")
        .is_none_or(|value| value.is_string() || value.is_null())
    {
        return Err(format!("`location` of `{at}` must be a string"));
    }
    let none = Map::new();
    let properties = resource["properties"].as_object().unwrap_or(&none);
    for (name, _, kind) in PROPERTIES {
        let value = properties.get(*name).filter(|value| !value.is_null());
        if let Some(want) = value.and_then(|value| misses(*kind, value)) {
            return Err(format!("`{name}` of `{at}` must be {want}"));
        }
    }
    Ok(())
}

/// What the value must be, where it is not.
fn misses(kind: PropertyKind, value: &Value) -> Option<String> {
    let (holds, want) = match kind {
        PropertyKind::ReadOnly => return None,
        PropertyKind::Bool => (value.is_boolean(), "true or false".to_owned()),
        PropertyKind::RuleSet | PropertyKind::Policies | PropertyKind::Encryption => {
            (value.is_object(), "an object".to_owned())
        }
        PropertyKind::OneOf(_) => (value.is_string(), "a string".to_owned()),
    };
    (!holds).then_some(want)
}
