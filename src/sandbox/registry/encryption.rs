//! `identity` and `encryption` of a registry after a write.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fields::differs;
use crate::model::ResourceId;
use crate::sandbox::forms::json_type::{JsonType, check};
use crate::sandbox::forms::registry_types::{ENCRYPTION, IDENTITY};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, text, timestamp};
use crate::sandbox::protocol::response::Answer;

/// Returns the identity after a write, `None` if the write removes it.
///
/// The type begins in lower case, and each user-assigned identity gets its ids (recorded: azure-cli
/// test_acr_encryption_with_cmk, 2021-06).
pub(crate) fn identity(stored: Option<&Value>, sent: &Value) -> Result<Option<Value>, Answer> {
    check(sent, JsonType::Object(IDENTITY), "identity").map_err(differs)?;
    check_ids(stored, sent)?;
    let kinds = text(sent, "/type").to_ascii_lowercase();
    let mut kinds: Vec<&str> = kinds.split(',').map(str::trim).collect();
    // The order of the two kinds is free.
    kinds.sort_unstable();
    let (name, user, system) = match kinds.as_slice() {
        ["none"] => return Ok(None),
        ["systemassigned", "userassigned"] => ("systemAssigned, userAssigned", true, true),
        ["systemassigned"] => ("systemAssigned", false, true),
        ["userassigned"] => ("userAssigned", true, false),
        _ => {
            return Err(errors::own_bad_request(
                "`identity.type` must be None, SystemAssigned, UserAssigned or `SystemAssigned, UserAssigned`",
            ));
        }
    };
    let mut identity = Map::new();
    if system {
        for key in ["principalId", "tenantId"] {
            identity.insert(key.to_owned(), stored_or_new_id(stored, key));
        }
    }
    identity.insert("type".to_owned(), name.into());
    if !user
        && sent["userAssignedIdentities"]
            .as_object()
            .is_some_and(|users| !users.is_empty())
    {
        return Err(errors::not_established(
            "`userAssignedIdentities` with an `identity.type` that has none",
        ));
    }
    if user {
        check_users(&sent["userAssignedIdentities"])?;
        let users = users(stored, sent);
        if users.is_empty() {
            return Err(errors::own_bad_request(
                "`identity.userAssignedIdentities` must name an identity",
            ));
        }
        identity.insert("userAssignedIdentities".to_owned(), Value::Object(users));
    }
    Ok(Some(Value::Object(identity)))
}

/// Refuses another `principalId` or `tenantId` than the stored one: Azure alone writes them.
fn check_ids(stored: Option<&Value>, sent: &Value) -> Result<(), Answer> {
    for name in ["principalId", "tenantId"] {
        let own = stored.map_or("", |stored| text(stored, &format!("/{name}")));
        if !sent[name].is_null() && !is(sent, &format!("/{name}"), own) {
            return Err(errors::not_established(&format!(
                "a write that changes the read-only `identity.{name}`"
            )));
        }
    }
    Ok(())
}

fn stored_or_new_id(stored: Option<&Value>, key: &str) -> Value {
    if let Some(stored) = stored
        && let Some(known) = stored.get(key)
    {
        return known.clone();
    }
    Uuid::new_v4().to_string().into()
}

/// Refuses keys that are not resource ids, and values that are neither an object nor null.
fn check_users(sent: &Value) -> Result<(), Answer> {
    let users = match sent {
        Value::Null => return Ok(()),
        Value::Object(users) => users,
        _ => return Err(malformed_users()),
    };
    for (id, value) in users {
        if ResourceId::parse(id).is_err() || !(value.is_object() || value.is_null()) {
            return Err(malformed_users());
        }
    }
    Ok(())
}

fn malformed_users() -> Answer {
    errors::own_bad_request(
        "`identity.userAssignedIdentities` must be an object of resource ids, each with an object or null",
    )
}

/// Returns the user-assigned identities after a write: null removes one, the others stay or are added (ARM's common
/// rule for identities).
fn users(stored: Option<&Value>, sent: &Value) -> Map<String, Value> {
    let stored = stored.and_then(|stored| stored["userAssignedIdentities"].as_object());
    let mut users = stored.cloned().unwrap_or_default();
    for (id, value) in sent["userAssignedIdentities"].as_object().into_iter().flatten() {
        let known = users.keys().find(|known| known.eq_ignore_ascii_case(id)).cloned();
        match known {
            Some(known) if value.is_null() => {
                users.shift_remove(&known);
            }
            None if !value.is_null() => {
                let (principal, client) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
                let ids = json!({"principalId": principal, "clientId": client});
                users.insert(id.clone(), ids);
            }
            // A known one keeps its ids; removing an unknown one changes nothing.
            _ => {}
        }
    }
    users
}

/// Properties of a key that a write cannot change.
const KEY_READ_ONLY: [&str; 3] = [
    "versionedKeyIdentifier",
    "keyRotationEnabled",
    "lastKeyRotationTimestamp",
];

/// Returns the encryption after a write.
///
/// A key must come with its version. No recording shows automatic rotation, or encryption that is turned on or off
/// later: those are answered 501.
pub(crate) fn encryption(stored: &Value, sent: &Value, creating: bool) -> Result<Value, Answer> {
    check(sent, JsonType::Object(ENCRYPTION), "encryption").map_err(differs)?;
    let was = is(stored, "/status", "enabled");
    let wanted = is(sent, "/status", "enabled");
    if !was && !wanted {
        return Ok(stored.clone());
    }
    if was != wanted && !creating {
        return Err(errors::not_established(
            "turning `encryption` on or off after creation",
        ));
    }
    check_echo(&stored["keyVaultProperties"], &sent["keyVaultProperties"])?;
    // The same key again changes nothing, not even the time of the rotation.
    let (key, identity) = (
        text(sent, "/keyVaultProperties/keyIdentifier"),
        text(sent, "/keyVaultProperties/identity"),
    );
    if was
        && is(stored, "/keyVaultProperties/keyIdentifier", key)
        && is(stored, "/keyVaultProperties/identity", identity)
    {
        return Ok(stored.clone());
    }
    if !has_version(key) {
        return Err(errors::not_established("an encryption key without its version"));
    }
    if Uuid::try_parse(identity).is_err() {
        return Err(errors::not_established(
            "an encryption key without the client id of an identity",
        ));
    }
    let mut properties = json!({
        "keyIdentifier": key, "versionedKeyIdentifier": key, "identity": identity, "keyRotationEnabled": false,
    });
    // A new key for encryption that was on is a rotation.
    if was {
        properties["lastKeyRotationTimestamp"] = timestamp(Timestamp::now()).into();
    }
    Ok(json!({"status": "enabled", "keyVaultProperties": properties}))
}

/// Refuses a read-only property of the key with another value than the stored one.
fn check_echo(stored: &Value, sent: &Value) -> Result<(), Answer> {
    for name in KEY_READ_ONLY {
        if !sent[name].is_null() && sent[name] != stored[name] {
            return Err(errors::not_established(&format!(
                "a write that changes the read-only `encryption.keyVaultProperties.{name}`"
            )));
        }
    }
    Ok(())
}

/// Returns true for `https://VAULT/keys/NAME/VERSION`.
fn has_version(key: &str) -> bool {
    let name = match key.split_once("/keys/") {
        Some((vault, name)) if vault.starts_with("https://") => Some(name),
        _ => None,
    };
    name.is_some_and(|name| name.trim_matches('/').split('/').count() == 2)
}
