//! Checks that every kind of resource shares.

use serde_json::{Map, Value};

use crate::sandbox::forms::json_type::{BodyFault, Keys, check_object};
use crate::sandbox::forms::shared_types::is_guid;
use crate::sandbox::protocol::json::text;
use crate::sandbox::resources::locations;

/// States of a resource (specification).
pub(super) const STATES: &[&str] = &[
    "Creating",
    "Updating",
    "Deleting",
    "Succeeded",
    "Failed",
    "Canceled",
];

/// Refuses a text that is not a GUID in its usual form. `what` names the text.
pub(super) fn check_guid(what: &str, text: &str) -> Result<(), String> {
    if is_guid(text) {
        return Ok(());
    }
    Err(format!("{what} must be a GUID, not `{text}`"))
}

/// Refuses a location that is not a region.
pub(super) fn check_location(resource: &Value) -> Result<(), String> {
    let location = text(resource, "/location");
    if locations::is_region(location) {
        return Ok(());
    }
    Err(format!("`location` must be an Azure region, not `{location}`"))
}

/// Refuses another key or type than `keys` has. `path` is the place of the object, with a `.` at its end.
pub(super) fn check_keys(object: &Value, keys: Keys, path: &str) -> Result<(), String> {
    let none = Map::new();
    let object = object.as_object().unwrap_or(&none);
    check_object(object, keys, path).map_err(told)
}

/// Returns what is wrong, in the words of a state file.
pub(super) fn told(fault: BodyFault) -> String {
    match fault {
        BodyFault::Type { path, wanted } | BodyFault::Value { path, wanted } => {
            format!("`{path}` must be {wanted}")
        }
        BodyFault::Unknown { path } => format!("unknown key `{path}`"),
        BodyFault::Missing { path } => format!("`{path}` is missing"),
        BodyFault::Id { path, id } => format!("`{path}` must be the id of a resource, not `{id}`"),
    }
}
