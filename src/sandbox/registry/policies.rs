//! `policies` of a registry: each one that is sent is merged into the stored one (inferred from the registry's own
//! merge).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fields::unknown_property;
use crate::sandbox::forms::api_versions::{POLICIES, Row};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::timestamp;
use crate::sandbox::protocol::response::Answer;

/// The fields of each policy besides `status` (specification).
const FIELDS: &[(&str, &[&str])] = &[
    ("trustPolicy", &["type"]),
    ("retentionPolicy", &["days"]),
    ("softDeletePolicy", &["retentionDays"]),
];

/// The policies after a write.
pub(crate) fn merge(stored: &Value, row: &Row, sent: &Value) -> Result<Value, Answer> {
    let Value::Object(sent) = sent else {
        return Err(errors::own_bad_request("`policies` must be an object"));
    };
    let mut merged = stored.as_object().cloned().unwrap_or_default();
    for (name, policy) in sent {
        let Value::Object(policy) = policy else {
            return Err(errors::own_bad_request(&format!(
                "`policies.{name}` must be an object"
            )));
        };
        let hidden = POLICIES
            .iter()
            .any(|(known, shown)| known == name && !row.shows(*shown));
        let Some(Value::Object(known)) = merged.get_mut(name).filter(|_| !hidden) else {
            return Err(unknown_property(&format!("policies.{name}")));
        };
        merge_one(name, known, policy)?;
    }
    Ok(Value::Object(merged))
}

/// `lastUpdatedTime` is read only: what a client echoes is ignored. It moves when the policy is sent (recorded:
/// azure-cli test_acr_encryption_with_cmk, 2021-06).
fn merge_one(
    name: &str,
    stored: &mut Map<String, Value>,
    sent: &Map<String, Value>,
) -> Result<(), Answer> {
    for (key, value) in sent.iter().filter(|(_, value)| !value.is_null()) {
        if key != "lastUpdatedTime" {
            stored.insert(key.clone(), field(name, key, value)?);
        }
    }
    if let Some(time) = stored.get_mut("lastUpdatedTime") {
        *time = timestamp(Timestamp::now()).into();
    }
    Ok(())
}

/// The field as it is stored: statuses are in lower case (recorded). Limits: container-registry-retention-policy
/// (0 to 365 days), container-registry-soft-delete-policy (1 to 90).
fn field(policy: &str, key: &str, sent: &Value) -> Result<Value, Answer> {
    let fields = FIELDS.iter().find(|(name, _)| *name == policy);
    if key != "status" && !fields.is_some_and(|(_, fields)| fields.contains(&key)) {
        return Err(unknown_property(&format!("policies.{policy}.{key}")));
    }
    let known = |values: &[&'static str]| {
        let sent = sent.as_str().unwrap_or_default();
        let found = values.iter().find(|value| value.eq_ignore_ascii_case(sent));
        found.map(|value| Value::from(*value))
    };
    let within = |from: u64, to: u64| {
        let days = sent.as_u64().filter(|days| (from..=to).contains(days));
        days.map(Value::from)
    };
    let (value, want) = match key {
        "status" => (known(&["enabled", "disabled"]), "enabled or disabled"),
        "type" => (known(&["Notary"]), "Notary"),
        "days" => (within(0, 365), "a whole number from 0 to 365"),
        _ => (within(1, 90), "a whole number from 1 to 90"),
    };
    value.ok_or_else(|| errors::own_bad_request(&format!("`policies.{policy}.{key}` must be {want}")))
}
