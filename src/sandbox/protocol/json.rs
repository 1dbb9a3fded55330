//! Reads and makes parts of JSON bodies.

use serde_json::{Map, Value};

/// Returns the text at a JSON pointer, empty if there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns true if the text at a pointer equals `wanted` without case. Clients write ARM's enums in any case.
pub(crate) fn is(value: &Value, pointer: &str, wanted: &str) -> bool {
    text(value, pointer).eq_ignore_ascii_case(wanted)
}

/// Returns the array under a key, empty if there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Returns a resource's id as written.
pub(crate) fn id(resource: &Value) -> &str {
    text(resource, "/id")
}

/// Returns true if two ids are equal without case.
pub(crate) fn same_id(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Ids of one state differ near their end.
    let mut pairs = a.bytes().rev().zip(b.bytes().rev());
    pairs.all(|(a, b)| a.eq_ignore_ascii_case(&b))
}

/// Returns a location as answers show it: `West US` becomes `westus` (recorded: azure-powershell
/// TestCreateWithNetworkRuleSet, 2020-10).
pub(crate) fn normalised_location(location: &str) -> String {
    location.replace(' ', "").to_ascii_lowercase()
}

/// Returns a new ETag in the form of the network provider: `W/"<guid>"`.
pub(crate) fn fresh_etag() -> String {
    format!("W/\"{}\"", uuid::Uuid::new_v4())
}

/// Returns a time as the registry provider writes it, such as `2026-09-10T06:48:16.1242114+00:00`.
pub(crate) fn timestamp(time: jiff::Timestamp) -> String {
    let tenth_microseconds = time.subsec_nanosecond() / 100;
    format!(
        "{}.{tenth_microseconds:07}+00:00",
        time.strftime("%Y-%m-%dT%H:%M:%S")
    )
}

/// Returns the value under a key of an object. Null counts as absent: Azure's clients send it for what they leave
/// out.
pub(crate) fn present<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// Returns the text under a key of an object, empty if there is none.
pub(crate) fn text_under<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the word of `known` that equals `sent` without case, in the spelling of `known`.
pub(crate) fn known_word<'a>(known: &[&'a str], sent: &str) -> Option<&'a str> {
    known.iter().copied().find(|word| word.eq_ignore_ascii_case(sent))
}
