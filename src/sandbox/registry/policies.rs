//! `policies` of a registry: each policy of a write is merged into the stored one (inferred from the registry's own
//! merge).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fields::{differs, null, unknown_property};
use crate::sandbox::forms::api_versions::{POLICIES, Row};
use crate::sandbox::forms::json_type::{BodyFault, check_object};
use crate::sandbox::forms::registry_types;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{known_word, text, timestamp};
use crate::sandbox::protocol::response::Answer;

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
        if is_hidden(name, row) {
            return Err(unknown_property(&format!("policies.{name}")));
        }
    }
    check_object(sent, registry_types::POLICIES, "policies.").map_err(refused)?;
    // Each policy is an object of its own, merged key by key.
    for (name, policy) in sent {
        match (merged.get_mut(name), policy) {
            (Some(Value::Object(known)), Value::Object(policy)) => merge_one(known, policy),
            _ => return Err(unknown_property(&format!("policies.{name}"))),
        }
    }
    Ok(Value::Object(merged))
}

fn is_hidden(policy: &str, row: &Row) -> bool {
    let known = POLICIES.iter().find(|(known, _)| *known == policy);
    known.is_some_and(|(_, shown)| !row.shows(*shown))
}

fn merge_one(stored: &mut Map<String, Value>, sent: &Map<String, Value>) {
    for (key, value) in sent {
        // `lastUpdatedTime` is read only: an echoed one is ignored.
        if !value.is_null() && key != "lastUpdatedTime" {
            stored.insert(key.clone(), canonical(value));
        }
    }
    // The time changes whenever the policy is sent (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06).
    if let Some(time) = stored.get_mut("lastUpdatedTime") {
        *time = timestamp(Timestamp::now()).into();
    }
}

/// Returns a value in its stored form: words are in the case of the table (recorded: statuses in lower case).
fn canonical(sent: &Value) -> Value {
    match known_word(&["enabled", "disabled", "Notary"], text(sent, "")) {
        Some(word) => word.into(),
        None => sent.clone(),
    }
}

/// Returns the answer to policies that differ from the specification or its limits.
fn refused(fault: BodyFault) -> Answer {
    match fault {
        BodyFault::Value { path, wanted } => {
            errors::own_bad_request(&format!("`{path}` must be {wanted}"))
        }
        other => differs(other),
    }
}
