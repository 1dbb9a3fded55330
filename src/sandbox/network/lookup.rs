//! Finds virtual networks and subnets in the state.

use serde_json::Value;

use crate::sandbox::forms::types::NETWORKS;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, list};
use crate::sandbox::protocol::response::Answer;

/// Returns the network of this name in a group, or ARM's 404.
pub(crate) fn find<'a>(call: &'a Call<'_>, group: &str, network: &str) -> Result<&'a Value, Answer> {
    let found = call.store.resources.get(&key(call.subscription, group, network));
    found.ok_or_else(|| errors::resource_not_found(NETWORKS, network, group))
}

/// Returns a network's subnet by name, without case.
pub(crate) fn subnet_in<'a>(network: &'a Value, name: &str) -> Option<&'a Value> {
    let subnets = list(&network["properties"], "subnets");
    subnets.iter().find(|subnet| is(subnet, "/name", name))
}

/// Returns a virtual network's id in lower case.
pub(crate) fn key(subscription: &str, group: &str, network: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{NETWORKS}/{network}")
        .to_ascii_lowercase()
}
