//! Checks of replications, groups and locks in a state file.

use serde_json::Value;

use super::shape::{STATES, check_keys, check_location};
use crate::sandbox::forms::json_type::{ANY, JsonType, Keys, optional, required};
use crate::sandbox::forms::registry_types::REPLICATION;
use crate::sandbox::forms::shared_types::{GROUP, LOCK, SYSTEM_DATA, TIME};
use crate::sandbox::protocol::json::text;
use crate::sandbox::registry::fields::is_name;

/// Properties of a replication (specification).
const REPLICATION_PROPERTIES: Keys = &[
    optional("provisioningState", JsonType::OneOf(STATES)),
    optional(
        "status",
        JsonType::Object(&[
            optional("displayStatus", JsonType::Text),
            optional("message", JsonType::Text),
            optional("timestamp", TIME),
        ]),
    ),
    optional("regionEndpointEnabled", JsonType::Bool),
    optional("zoneRedundancy", JsonType::OneOf(&["Enabled", "Disabled"])),
];

/// Properties of a group.
const GROUP_PROPERTIES: Keys = &[optional("provisioningState", JsonType::OneOf(STATES))];

/// Properties of a lock (specification). `owners` comes back for locks that a service made.
const LOCK_PROPERTIES: Keys = &[
    required("level", JsonType::OneOf(&["CanNotDelete", "ReadOnly"])),
    optional("notes", JsonType::Text),
    optional("owners", JsonType::List(&ANY)),
];

pub(super) fn check_replication(resource: &Value) -> Result<(), String> {
    let name = text(resource, "/name");
    if !is_name(name) {
        return Err(format!(
            "the name of a replication has 5 to 50 letters and digits, unlike `{name}`"
        ));
    }
    check_keys(resource, REPLICATION, "")?;
    check_keys(&resource["systemData"], SYSTEM_DATA, "systemData.")?;
    check_keys(&resource["properties"], REPLICATION_PROPERTIES, "properties.")?;
    check_location(resource)
}

pub(super) fn check_group(resource: &Value) -> Result<(), String> {
    check_keys(resource, GROUP, "")?;
    check_keys(&resource["properties"], GROUP_PROPERTIES, "properties.")?;
    check_location(resource)
}

pub(super) fn check_lock(resource: &Value) -> Result<(), String> {
    check_keys(resource, LOCK, "")?;
    check_keys(&resource["properties"], LOCK_PROPERTIES, "properties.")
}
