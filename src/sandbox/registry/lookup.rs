//! Finds registries in the state.

use serde_json::Value;

use crate::sandbox::forms::api_versions::{self, Row};
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::is;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::Answer;

/// Returns the registry of this name in any group and subscription, because names are global.
pub(crate) fn named<'a>(call: &'a Call<'_>, name: &str) -> Option<&'a Value> {
    let mut registries = call.store.resources.values();
    registries.find(|resource| is(resource, "/type", REGISTRIES) && is(resource, "/name", name))
}

/// Returns a registry's id in lower case.
pub(crate) fn key(subscription: &str, group: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{REGISTRIES}/{name}")
        .to_ascii_lowercase()
}

/// Returns the registry of this name in a group, or ARM's 404.
pub(crate) fn find<'a>(call: &'a Call<'_>, group: &str, name: &str) -> Result<&'a Value, Answer> {
    let found = call.store.resources.get(&key(call.subscription, group, name));
    found.ok_or_else(|| errors::resource_not_found(REGISTRIES, name, group))
}

/// Returns a copy of the registry that a path below it names, or ARM's 404.
pub(crate) fn registry_of(call: &Call<'_>, at: &PathValues<'_>) -> Result<Value, Answer> {
    find(call, at.get("group"), at.get("registry")).cloned()
}

/// Returns the table row of the request's api-version.
pub(crate) fn row(call: &Call<'_>) -> Result<&'static Row, Answer> {
    let row = api_versions::find(call.version);
    row.ok_or_else(|| errors::internal("the version matrix has no such row"))
}
