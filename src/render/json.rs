//! JSON: the value itself, pretty, ASCII-safe where it matters, one newline at the end.

use serde::Serialize;

use super::safe::safe_json;

/// The value as a JSON document.
pub fn json<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).expect("values with string keys always serialise");
    safe_json(&text) + "\n"
}
