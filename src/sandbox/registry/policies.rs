//! `policies` of a registry: each policy of a write is merged into the stored one (inferred from the registry's own
//! merge).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fields::{null, unknown_property};
use crate::sandbox::forms::api_versions::{POLICIES, Row};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{known_word, text, timestamp};
use crate::sandbox::protocol::response::Answer;

/// Fields of each policy besides `status` (specification).
const FIELDS: &[(&str, &[&str])] = &[
    ("trustPolicy", &["type"]),
    ("retentionPolicy", &["days"]),
    ("softDeletePolicy", &["retentionDays"]),
];

/// Returns the policies after a write.
pub(crate) fn merge(stored: &Value, row: &Row, sent: &Value) -> Result<Value, Answer> {
    let Value::Object(sent) = sent else {
        return Err(errors::own_bad_request("`policies` must be an object"));
    };
    let mut merged = match stored {
        Value::Object(stored) => stored.clone(),
        _ => Map::new(),
    };
    for (name, policy) in sent {
        if policy.is_null() {
            return Err(null(&format!("policies.{name}")));
        }
        // Each policy is an object of its own, merged key by key.
        let Value::Object(policy) = policy else {
            return Err(errors::own_bad_request(&format!(
                "`policies.{name}` must be an object"
            )));
        };
        match merged.get_mut(name) {
            Some(Value::Object(known)) if !is_hidden(name, row) => merge_one(name, known, policy)?,
            _ => return Err(unknown_property(&format!("policies.{name}"))),
        }
    }
    Ok(Value::Object(merged))
}

fn is_hidden(policy: &str, row: &Row) -> bool {
    let known = POLICIES.iter().find(|(known, _)| *known == policy);
    known.is_some_and(|(_, shown)| !row.shows(*shown))
}

fn merge_one(
    name: &str,
    stored: &mut Map<String, Value>,
    sent: &Map<String, Value>,
) -> Result<(), Answer> {
    for (key, value) in sent {
        // `lastUpdatedTime` is read only: an echoed one is ignored.
        if !value.is_null() && key != "lastUpdatedTime" {
            stored.insert(key.clone(), field(name, key, value)?);
        }
    }
    // The time changes whenever the policy is sent (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06).
    if let Some(time) = stored.get_mut("lastUpdatedTime") {
        *time = timestamp(Timestamp::now()).into();
    }
    Ok(())
}

/// Returns the field in its stored form: statuses are in lower case (recorded). Limits:
/// container-registry-retention-policy (0 to 365 days), container-registry-soft-delete-policy (1 to 90).
fn field(policy: &str, key: &str, sent: &Value) -> Result<Value, Answer> {
    let (value, wanted) = match key {
        "status" => (word(sent, &["enabled", "disabled"]), "enabled or disabled"),
        key if !has_field(policy, key) => {
            return Err(unknown_property(&format!("policies.{policy}.{key}")));
        }
        "type" => (word(sent, &["Notary"]), "Notary"),
        "days" => (days(sent, 0, 365), "a whole number from 0 to 365"),
        _ => (days(sent, 1, 90), "a whole number from 1 to 90"),
    };
    value.ok_or_else(|| errors::own_bad_request(&format!("`policies.{policy}.{key}` must be {wanted}")))
}

fn has_field(policy: &str, key: &str) -> bool {
    let known = FIELDS.iter().find(|(name, _)| *name == policy);
    known.is_some_and(|(_, fields)| fields.contains(&key))
}

fn word(sent: &Value, known: &[&'static str]) -> Option<Value> {
    Some(known_word(known, text(sent, ""))?.into())
}

fn days(sent: &Value, from: u64, to: u64) -> Option<Value> {
    let days = sent.as_u64()?;
    (from..=to).contains(&days).then(|| days.into())
}
