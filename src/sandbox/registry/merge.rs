//! PATCH of a registry: settings that are sent are merged, omitted ones stay.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::fields::{host_names, null, tags, unknown_property};
use super::sub_resources::replications;
use super::{cross_checks, encryption, network_rules, policies, sku};
use crate::sandbox::forms::api_versions::{PROPERTIES, PropertyKind, Row};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, known_word, list, normalised_location, text};
use crate::sandbox::protocol::response::Answer;

/// Returns the registry after a PATCH, without changing `stored`.
///
/// # Errors
///
/// The provider's answer to a PATCH that it refuses.
pub(crate) fn merge(
    call: &Call<'_>,
    stored: &Value,
    row: &Row,
    patch: &Map<String, Value>,
) -> Result<Value, Answer> {
    check_idle(stored)?;
    let mut new = stored.clone();
    // A write that is done leaves no failure of an earlier one behind (inferred).
    new["properties"]["provisioningState"] = "Succeeded".into();
    // The SKU below Premium that the write asks for, set once the rest is merged.
    let mut lower = None;
    for (key, value) in patch {
        match key.as_str() {
            "sku" | "tags" | "identity" | "properties" if value.is_null() => return Err(null(key)),
            "sku" => lower = sku::change(&mut new, value)?,
            "tags" => new["tags"] = tags(value)?,
            // Properties follow below; `systemData` is read only.
            "properties" | "systemData" => {}
            "id" | "name" | "type" | "location" => check_same(stored, key, value)?,
            "identity" => set_identity(&mut new, value)?,
            // Azure's clients send null for what they leave out.
            _ if value.is_null() => {}
            other => return Err(unknown_property(other)),
        }
    }
    let none = Map::new();
    let sent = match patch.get("properties") {
        None => &none,
        Some(Value::Object(sent)) => sent,
        Some(_) => return Err(errors::own_bad_request("`properties` must be an object")),
    };
    // Like `identity`, it makes the answer an operation.
    if let Some(encryption) = sent.get("encryption").filter(|sent| !sent.is_null()) {
        set_encryption(call, &mut new, row, encryption)?;
    }
    merge_properties(call, &mut new, row, sent)?;
    if let Some(sku) = lower {
        check_parts(call, stored)?;
        sku::leave_premium(stored, &mut new, sku)?;
    }
    // Settings are judged together, on the result of the whole write.
    cross_checks::check_sku(&new, sent, lower.is_some())?;
    if patch.contains_key("properties") {
        cross_checks::check(&new, sent)?;
    }
    Ok(new)
}

/// Accepts the registry's own value, because clients send whole registries back (recorded: azure-cli
/// test_acr_encryption_with_cmk, 2021-06). The effect of another value is not recorded.
fn check_same(stored: &Value, key: &str, sent: &Value) -> Result<(), Answer> {
    let sent = match sent {
        Value::Null => return Ok(()),
        Value::String(sent) => sent,
        _ => return Err(errors::own_bad_request(&format!("`{key}` must be a string"))),
    };
    let own = text(stored, &format!("/{key}"));
    let same = match key {
        // Clients send `West US` for `westus`.
        "location" => normalised_location(sent) == normalised_location(own),
        _ => sent.eq_ignore_ascii_case(own),
    };
    if same {
        return Ok(());
    }
    Err(errors::not_established(&format!("a write that changes `{key}`")))
}

/// Accepts a read-only property with its stored value only.
fn check_echo(registry: &Value, name: &str, sent: &Value) -> Result<(), Answer> {
    let stored = &registry["properties"][name];
    let same = match (stored.as_str(), sent.as_str()) {
        (Some(stored), Some(sent)) => stored.eq_ignore_ascii_case(sent),
        _ => stored == sent || sent.is_null(),
    };
    if same {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "a write that changes the read-only `{name}`"
    )))
}

/// Returns the registry before the write, `None` for a new one.
fn existing<'a>(call: &'a Call<'_>, registry: &Value) -> Option<&'a Value> {
    let key = id(registry).to_ascii_lowercase();
    call.store.resources.get(&key)
}

fn set_identity(new: &mut Value, sent: &Value) -> Result<(), Answer> {
    let identity = encryption::identity(new.get("identity"), sent)?;
    if let Some(identity) = identity {
        new["identity"] = identity;
    } else if let Some(map) = new.as_object_mut() {
        map.shift_remove("identity");
    }
    Ok(())
}

/// Refuses to leave Premium with replications or private endpoint connections, which exist there only. No source has the
/// outcome.
fn check_parts(call: &Call<'_>, stored: &Value) -> Result<(), Answer> {
    let connections = list(&stored["properties"], "privateEndpointConnections");
    if connections.is_empty() && replications::count(call.store, stored) == 0 {
        return Ok(());
    }
    Err(errors::not_established(
        "leaving Premium with replications or private endpoint connections",
    ))
}

fn set_encryption(call: &Call<'_>, new: &mut Value, row: &Row, sent: &Value) -> Result<(), Answer> {
    let creating = existing(call, new).is_none();
    let known = PROPERTIES.iter().find(|(name, ..)| *name == "encryption");
    match known {
        Some((_, shown, _)) if row.shows(*shown) => {}
        _ => return Err(unknown_property("encryption")),
    }
    let stored = &new["properties"]["encryption"];
    new["properties"]["encryption"] = encryption::encryption(stored, sent, creating)?;
    Ok(())
}

/// Provisioning states in which no operation runs (Azure Resource Manager, "Track asynchronous Azure operations").
const TERMINAL_STATES: &[&str] = &["Succeeded", "Failed", "Canceled"];

/// Refuses a write to a registry that an operation is changing (code: Azure/bicep-ptn-aiml-landing-zone#18; status and
/// text are not known). A registry in a terminal state takes writes, also after a failure.
pub(crate) fn check_idle(stored: &Value) -> Result<(), Answer> {
    let state = text(stored, "/properties/provisioningState");
    if state.is_empty() || known_word(TERMINAL_STATES, state).is_some() {
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
        PropertyKind::ReadOnly => {
            return match existing(call, new) {
                Some(registry) => check_echo(registry, name, value),
                // A creation chooses these two itself.
                None if ["zoneRedundancy", "autoGeneratedDomainNameLabelScope"].contains(&name) => {
                    Ok(())
                }
                None => check_echo(new, name, value),
            };
        }
        _ if value.is_null() => return Err(null(name)),
        // `merge` has merged it already.
        PropertyKind::Encryption => return Ok(()),
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
    // A switch that stays keeps the host names of a pasted registry.
    if *stored != merged {
        new["properties"][name] = merged;
        let regions = super::sub_resources::replications::regions(call.store, new);
        host_names(new, name, &regions);
    }
    Ok(())
}

/// Returns an enum in Azure's case. It may be sent in any case.
fn one_of(name: &str, values: &[&str], sent: &Value) -> Result<Value, Answer> {
    match known_word(values, text(sent, "")) {
        Some(value) => Ok(value.into()),
        None => Err(errors::own_bad_request(&format!(
            "`{name}` must be one of {}",
            values.join(", ")
        ))),
    }
}
