//! `identity` and `encryption` of a registry, as a write leaves them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::model::ResourceId;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, text, timestamp};
use crate::sandbox::protocol::response::Answer;

/// The identity after a write; `None` when it goes. The type begins in lower case, and each user-assigned
/// identity gets its ids (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06).
pub(crate) fn identity(stored: Option<&Value>, sent: &Value) -> Result<Option<Value>, Answer> {
    let kinds: Vec<String> = text(sent, "/type")
        .split(',')
        .map(|kind| kind.trim().to_ascii_lowercase())
        .collect();
    let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
    let (user, system) = (has("userassigned"), has("systemassigned"));
    if kinds == ["none"] {
        return Ok(None);
    }
    if kinds.len() != usize::from(user) + usize::from(system) {
        return Err(errors::own_bad_request(
            "`identity.type` must be None, SystemAssigned, UserAssigned or the last two with a comma",
        ));
    }
    let mut identity = Map::new();
    if system {
        let known = |key: &str| stored.and_then(|stored| stored.get(key)).cloned();
        let fresh = || Value::from(Uuid::new_v4().to_string());
        identity.insert(
            "principalId".to_owned(),
            known("principalId").unwrap_or_else(fresh),
        );
        identity.insert("tenantId".to_owned(), known("tenantId").unwrap_or_else(fresh));
    }
    let name = match (system, user) {
        (true, true) => "systemAssigned, userAssigned",
        (true, false) => "systemAssigned",
        _ => "userAssigned",
    };
    identity.insert("type".to_owned(), name.into());
    if user {
        check_users(&sent["userAssignedIdentities"])?;
        let users = users(stored, sent);
        if users == json!({}) {
            return Err(errors::own_bad_request(
                "`identity.userAssignedIdentities` must name an identity",
            ));
        }
        identity.insert("userAssignedIdentities".to_owned(), users);
    }
    Ok(Some(Value::Object(identity)))
}

/// Ids of resources, each with an object or null.
fn check_users(sent: &Value) -> Result<(), Answer> {
    let is_one = |(id, value): (&String, &Value)| {
        ResourceId::parse(id).is_ok() && (value.is_object() || value.is_null())
    };
    match sent {
        Value::Null => Ok(()),
        Value::Object(sent) if sent.iter().all(is_one) => Ok(()),
        _ => Err(errors::own_bad_request(
            "`identity.userAssignedIdentities` must be an object of resource ids, each with an object or null",
        )),
    }
}

/// A null takes an identity away; the others stay or come (ARM's common rule for identities).
fn users(stored: Option<&Value>, sent: &Value) -> Value {
    let stored = stored.and_then(|stored| stored["userAssignedIdentities"].as_object());
    let mut users = stored.cloned().unwrap_or_default();
    for (id, value) in sent["userAssignedIdentities"].as_object().into_iter().flatten() {
        let known = users.keys().find(|known| known.eq_ignore_ascii_case(id)).cloned();
        match (value.is_null(), known) {
            (true, Some(known)) => drop(users.shift_remove(&known)),
            (false, None) => {
                let (principal, client) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
                let ids = json!({"principalId": principal, "clientId": client});
                users.insert(id.clone(), ids);
            }
            _ => {}
        }
    }
    Value::Object(users)
}

/// Null is as good as absent; the rest must have the form of the specification.
fn check_encryption(sent: &Value) -> Result<(), Answer> {
    let sent = match sent {
        Value::Null => return Ok(()),
        Value::Object(sent) => sent,
        _ => return Err(errors::own_bad_request("`encryption` must be an object")),
    };
    for (key, value) in sent.iter().filter(|(_, value)| !value.is_null()) {
        let known = |values: [&str; 2]| {
            values.iter().any(|known| {
                value
                    .as_str()
                    .is_some_and(|value| value.eq_ignore_ascii_case(known))
            })
        };
        match key.as_str() {
            "status" if known(["enabled", "disabled"]) => {}
            "status" => {
                return Err(errors::own_bad_request(
                    "`encryption.status` must be enabled or disabled",
                ));
            }
            "keyVaultProperties" if value.is_object() => {}
            "keyVaultProperties" => {
                return Err(errors::own_bad_request(
                    "`encryption.keyVaultProperties` must be an object",
                ));
            }
            other => return Err(errors::not_established(&format!("`encryption.{other}`"))),
        }
    }
    Ok(())
}

/// The encryption after a write. A key with its version is taken; the rest of the story (rotation by itself,
/// turning it on or off later) is not recorded.
pub(crate) fn encryption(stored: &Value, sent: &Value, creating: bool) -> Result<Value, Answer> {
    check_encryption(sent)?;
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
    let (key, identity) = (
        text(sent, "/keyVaultProperties/keyIdentifier"),
        text(sent, "/keyVaultProperties/identity"),
    );
    let same = |name: &str, value: &str| is(stored, &format!("/keyVaultProperties/{name}"), value);
    if same("keyIdentifier", key) && same("identity", identity) {
        return Ok(stored.clone());
    }
    if key
        .split("/keys/")
        .nth(1)
        .is_none_or(|key| key.trim_matches('/').split('/').count() != 2)
    {
        return Err(errors::not_established("an encryption key without its version"));
    }
    let mut properties = json!({
        "keyIdentifier": key, "versionedKeyIdentifier": key, "identity": identity, "keyRotationEnabled": false,
    });
    if was {
        properties["lastKeyRotationTimestamp"] = timestamp(Timestamp::now()).into();
    }
    Ok(json!({"status": "enabled", "keyVaultProperties": properties}))
}
