//! State files: they hold what ARM could have stored, and all that the sandbox itself writes.

mod accepted;
mod refused;
mod reload;

use ringfence::sandbox::{State, StateError};
use serde_json::{Value, json};

use crate::arm_requests::{SUB, registry};

/// Loads a file with this content.
fn load(content: &Value) -> Result<State, StateError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content.to_string()).unwrap();
    State::load(file.path())
}

/// The id of a resource in the group `rg`.
fn at(path: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers/{path}")
}

/// A Premium registry as short as it can be.
fn contoso() -> Value {
    json!({"id": registry("contoso").as_str(), "sku": {"name": "Premium"}})
}

fn replication(name: &str, location: &str) -> Value {
    json!({"id": format!("{}/replications/{name}", registry("contoso")), "location": location})
}

/// A network with the subnet `a`.
fn network() -> Value {
    let id = at("Microsoft.Network/virtualNetworks/net");
    json!({"id": id, "location": "eastus", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}],
    }})
}
