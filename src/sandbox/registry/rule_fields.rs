//! The fields of a rule in a `networkRuleSet`.

use serde_json::Value;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// The text under a rule's key; that a rule must have it is of the specification.
pub(crate) fn required<'a>(rule: &'a Value, kind: &str, key: &str) -> Result<&'a str, Answer> {
    let refuse = |what: &str| errors::own_bad_request(&format!("{kind} {what}"));
    match (rule, rule.get(key)) {
        (Value::Object(_), Some(Value::String(text))) => Ok(text),
        (Value::Object(_), None | Some(Value::Null)) => Err(refuse(&format!("must have `{key}`"))),
        (Value::Object(_), Some(_)) => Err(refuse(&format!("must have a string as `{key}`"))),
        _ => Err(refuse("must be an object")),
    }
}

/// Any text is taken, as enums are open; what is no text cannot be one.
pub(crate) fn check_action(rule: &Value) -> Result<(), Answer> {
    match rule.get("action") {
        None | Some(Value::String(_) | Value::Null) => Ok(()),
        Some(_) => Err(errors::own_bad_request("a rule's `action` must be a string")),
    }
}

/// A key that a rule does not have in any source; azure-cli sends null for what it leaves out.
pub(crate) fn check_known(rule: &Value, kind: &str, known: &[&str]) -> Result<(), Answer> {
    let mut keys = rule.as_object().into_iter().flatten();
    let other = keys.find(|(key, value)| !known.contains(&key.as_str()) && !value.is_null());
    other.map_or(Ok(()), |(other, _)| {
        Err(errors::not_established(&format!("{kind} with `{other}`")))
    })
}
