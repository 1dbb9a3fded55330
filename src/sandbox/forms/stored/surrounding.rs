//! Checks of the resources around a registry in a state file.

use serde_json::{Map, Value};

use super::shape::{check_location, told};
use crate::sandbox::forms::json_type::check_known;
use crate::sandbox::forms::surroundings::{GLOBAL, SurroundingType};
use crate::sandbox::protocol::json::is;

/// Checks the properties that a diagnosis reads, and the location.
pub(super) fn check(resource: &Value, kind: &SurroundingType) -> Result<(), String> {
    let none = Map::new();
    let properties = resource["properties"].as_object().unwrap_or(&none);
    check_known(properties, kind.properties, "properties.").map_err(told)?;
    match kind.location {
        // Such a type belongs to no region.
        Some(GLOBAL) if !is(resource, "/location", GLOBAL) => {
            Err(format!("`location` must be `{GLOBAL}`"))
        }
        None | Some(GLOBAL) => Ok(()),
        Some(_) => check_location(resource),
    }
}
