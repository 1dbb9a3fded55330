//! Permissions of the caller: those that a request needs, and those that lists and joins of subnets need.

use axum::http::StatusCode;
use serde_json::Value;

use super::conditions::{Conditions, covers};
use super::scope::within;
use crate::model::SubnetId;
use crate::sandbox::forms::types::GROUPS;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, text};
use crate::sandbox::protocol::response::Answer;

/// Refuses a request whose permission the caller lacks at `scope` (general knowledge, quoted by many users; no
/// recording).
pub(crate) fn check_permission(call: &Call<'_>, action: &str, scope: &str) -> Result<(), Answer> {
    if !is_denied(&call.options.conditions, action, scope) {
        return Ok(());
    }
    let caller = call.caller;
    let message = format!(
        "The client '{caller}' with object id '{caller}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    Err(errors::gateway(
        StatusCode::FORBIDDEN,
        "AuthorizationFailed",
        &message,
    ))
}

fn is_denied(conditions: &Conditions, action: &str, scope: &str) -> bool {
    for denial in &conditions.denied {
        if covers(&denial.action, action) && within(scope, &denial.scope) {
            return true;
        }
    }
    false
}

/// Returns true if the caller may read a resource. Lists leave out all others (general knowledge).
pub(crate) fn may_read(conditions: &Conditions, resource: &Value) -> bool {
    if conditions.denied.is_empty() {
        return true;
    }
    // The permission of groups has another name than their type.
    let kind = match text(resource, "/type") {
        GROUPS => "Microsoft.Resources/subscriptions/resourceGroups",
        kind => kind,
    };
    !is_denied(conditions, &format!("{kind}/read"), id(resource))
}

/// Returns the resources of a type whose id begins with `prefix` (lower case) and that the caller may read.
pub(crate) fn readable<'a>(call: &'a Call<'_>, prefix: &str, kind: &str) -> Vec<&'a Value> {
    let mut readable = Vec::new();
    for (_, resource) in call.store.under(prefix) {
        if is(resource, "/type", kind) && may_read(&call.options.conditions, resource) {
            readable.push(resource);
        }
    }
    readable
}

/// Refuses a subnet that the caller may not join. A write is checked for every subnet that it sends, unchanged ones too
/// (Azure/azure-cli#14596). The text is general knowledge.
pub(crate) fn check_join(call: &Call<'_>, subnet: &SubnetId) -> Result<(), Answer> {
    let denied = &call.options.conditions.denied_joins;
    if !denied.iter().any(|scope| within(subnet.as_str(), scope)) {
        return Ok(());
    }
    // The message is about the registry's write, so its scope is the path of the request.
    let (caller, registry) = (call.caller, call.request.path.as_str());
    let message = format!(
        "The client '{caller}' with object id '{caller}' has permission to perform action 'Microsoft.ContainerRegistry/registries/write' on scope '{registry}'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' on the linked scope(s) '{subnet}' (respectively) or the linked scope(s) are invalid."
    );
    Err(errors::gateway(
        StatusCode::FORBIDDEN,
        "LinkedAuthorizationFailed",
        &message,
    ))
}
