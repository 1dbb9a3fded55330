//! Names and ids that clients send back in a body.

use serde_json::{Map, Value};

use super::errors;
use super::json::{is, present};
use super::response::Answer;

/// Refuses a body with another name, id or type than that of the path.
pub(crate) fn check_same(
    body: &Map<String, Value>,
    name: &str,
    id: &str,
    kind: &str,
) -> Result<(), Answer> {
    for (key, own) in [("name", name), ("id", id), ("type", kind)] {
        if present(body, key).is_some_and(|sent| !is(sent, "", own)) {
            return Err(errors::not_established(&format!(
                "a body with another `{key}` than the path's"
            )));
        }
    }
    Ok(())
}
