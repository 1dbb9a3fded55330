//! PATCH of a registry: what is sent is merged, what is omitted stays.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::fields::{host_names, tags, unknown_property};
use super::{cross_checks, encryption, network_rules, policies, sku};
use crate::sandbox::forms::api_versions::{PROPERTIES, PropertyKind, Row};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{normalised_location, text};
use crate::sandbox::protocol::response::Answer;

/// The registry after a PATCH, or the provider's error. `stored` is not touched.
pub(crate) fn merge(
    call: &Call<'_>,
    stored: &Value,
    row: &Row,
    patch: &Map<String, Value>,
) -> Result<Value, Answer> {
    check_idle(stored)?;
    let mut new = stored.clone();
    let mut lower = None;
    for (key, value) in patch {
        match key.as_str() {
            "sku" => lower = sku::change(&mut new, value)?,
            "tags" => new["tags"] = tags(value)?,
            "properties" | "systemData" => {}
            "id" | "name" | "type" | "location" => check_same(stored, key, value)?,
            "identity" => set_identity(&mut new, value)?,
            // Azure's clients send these as null.
            _ if value.is_null() => {}
            other => return Err(unknown_property(other)),
        }
    }
    if let Some(sent) = patch
        .get("properties")
        .and_then(|properties| properties.get("encryption"))
    {
        set_encryption(call, &mut new, row, sent)?;
    }
    match patch.get("properties") {
        None => {}
        Some(Value::Object(sent)) => merge_properties(call, &mut new, row, sent)?,
        Some(_) => return Err(errors::own_bad_request("`properties` must be an object")),
    }
    if let Some(sku) = lower {
        sku::leave_premium(stored, &mut new, sku)?;
    }
    if let Some(sent) = patch.get("properties").and_then(Value::as_object) {
        cross_checks::check_sku(&new, sent, lower.is_some())?;
        cross_checks::check(&new, sent)?;
    } else {
        cross_checks::check_sku(&new, &Map::new(), lower.is_some())?;
    }
    Ok(new)
}

/// Clients echo whole registries (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06); what becomes of another
/// value than the registry's own is not recorded.
fn check_same(stored: &Value, key: &str, sent: &Value) -> Result<(), Answer> {
    let sent = match sent {
        Value::Null => return Ok(()),
        Value::String(sent) => sent,
        _ => return Err(errors::own_bad_request(&format!("`{key}` must be a string"))),
    };
    let plain = |value: &str| match key {
        "location" => normalised_location(value),
        _ => value.to_ascii_lowercase(),
    };
    if plain(sent) == plain(text(stored, &format!("/{key}"))) {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "a write with another `{key}` than the registry's"
    )))
}

/// The same for properties that are read only: an echo passes.
fn check_echo(existing: Option<&Value>, name: &str, sent: &Value) -> Result<(), Answer> {
    let Some(stored) = existing.map(|registry| &registry["properties"][name]) else {
        // What a creation may choose is read elsewhere.
        return Ok(());
    };
    let same = match (stored.as_str(), sent.as_str()) {
        (Some(stored), Some(sent)) => stored.eq_ignore_ascii_case(sent),
        _ => stored == sent || sent.is_null(),
    };
    if same {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "a write with another `{name}`, which is read only, than the registry's"
    )))
}

/// The registry as it was before the write.
fn existing<'a>(call: &'a Call<'_>, registry: &Value) -> Option<&'a Value> {
    let key = crate::sandbox::protocol::json::id(registry).to_ascii_lowercase();
    call.store.resources.get(&key)
}

fn set_identity(new: &mut Value, sent: &Value) -> Result<(), Answer> {
    let identity = encryption::identity(new.get("identity"), sent)?;
    match (identity, new.as_object_mut()) {
        (Some(identity), _) => new["identity"] = identity,
        (None, Some(map)) => drop(map.shift_remove("identity")),
        (None, None) => {}
    }
    Ok(())
}

fn set_encryption(call: &Call<'_>, new: &mut Value, row: &Row, sent: &Value) -> Result<(), Answer> {
    let creating = existing(call, new).is_none();
    let known = PROPERTIES.iter().find(|(name, ..)| *name == "encryption");
    if known.is_none_or(|(_, shown, _)| !row.shows(*shown)) {
        return Err(unknown_property("encryption"));
    }
    let stored = &new["properties"]["encryption"];
    new["properties"]["encryption"] = encryption::encryption(stored, sent, creating)?;
    Ok(())
}

/// A registry that is being changed refuses (code: Azure/bicep-ptn-aiml-landing-zone#18; status and text open).
pub(crate) fn check_idle(stored: &Value) -> Result<(), Answer> {
    let state = text(stored, "/properties/provisioningState");
    if state.is_empty() || state.eq_ignore_ascii_case("Succeeded") {
        return Ok(());
    }
    let message =
        format!("ringfence sandbox: the registry is in state '{state}' (Azure's text is not known)");
    Err(errors::registry(
        StatusCode::CONFLICT,
        "RegistryStatusConflict",
        &message,
    ))
}

fn merge_properties(
    call: &Call<'_>,
    new: &mut Value,
    row: &Row,
    sent: &Map<String, Value>,
) -> Result<(), Answer> {
    for (name, value) in sent {
        let known = PROPERTIES.iter().find(|(known, ..)| known == name);
        let Some((_, shown, kind)) = known else {
            return Err(unknown_property(name));
        };
        if !row.shows(*shown) {
            return Err(unknown_property(name));
        }
        set_property(call, new, row, name, *kind, value)?;
    }
    Ok(())
}

fn set_property(
    call: &Call<'_>,
    new: &mut Value,
    row: &Row,
    name: &str,
    kind: PropertyKind,
    value: &Value,
) -> Result<(), Answer> {
    let stored = &new["properties"][name];
    let merged = match kind {
        // `encryption` is merged with `identity`, because it makes the answer an operation.
        PropertyKind::Encryption => return Ok(()),
        PropertyKind::ReadOnly => return check_echo(existing(call, new), name, value),
        PropertyKind::RuleSet => return network_rules::merge(call, new, row, value),
        PropertyKind::Policies => policies::merge(stored, row, value)?,
        PropertyKind::Bool if value.is_boolean() => value.clone(),
        PropertyKind::Bool => {
            return Err(errors::own_bad_request(&format!(
                "`{name}` must be true or false"
            )));
        }
        PropertyKind::OneOf(values) => one_of(name, values, value)?,
    };
    if *stored != merged {
        new["properties"][name] = merged;
        let regions = super::replications::regions(call.store, new);
        host_names(new, name, &regions);
    }
    Ok(())
}

/// Enums are taken in any case and stored in Azure's.
fn one_of(name: &str, values: &[&str], sent: &Value) -> Result<Value, Answer> {
    let sent = sent.as_str().unwrap_or_default();
    let found = values.iter().find(|value| value.eq_ignore_ascii_case(sent));
    found.map(|value| Value::from(*value)).ok_or_else(|| {
        errors::own_bad_request(&format!("`{name}` must be one of {}", values.join(", ")))
    })
}
