//! Rules that stand above a resource: permissions, locks, policies, and the deletion of its group.

pub(crate) mod conditions;
pub(crate) mod conditions_file;
pub(crate) mod permissions;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::forms::types::GROUPS;
use super::protocol::call::Call;
use super::protocol::errors;
use super::protocol::json::{id, is, text};
use super::protocol::response::Answer;
use super::state::store::group_key;
use crate::model::SubnetId;
use conditions::{Conditions, PolicyEffect, covers};

/// Part of a lock's id between the scope that it locks and its name.
pub(crate) const LOCKS: &str = "/providers/microsoft.authorization/locks/";

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

/// Returns true if an id is a scope or below it.
pub(crate) fn within(id: &str, scope: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    match id.strip_prefix(&scope) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

/// Refuses a write that a lock forbids: `ReadOnly` forbids every write, `CanNotDelete` a deletion (lock-resources). The
/// text is general knowledge.
pub(crate) fn check_locks(call: &Call<'_>, scope: &str) -> Result<(), Answer> {
    let verb = match call.request.method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::DELETE => "delete",
        _ => "write",
    };
    let Some(lock) = locks(call).find(|lock| forbids(lock, verb, scope)) else {
        return Ok(());
    };
    let message = format!(
        "The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
        locked_scope(lock)
    );
    Err(errors::gateway(StatusCode::CONFLICT, "ScopeLocked", &message))
}

fn forbids(lock: &Value, verb: &str, scope: &str) -> bool {
    let deletes = verb == "delete";
    let level = text(lock, "/properties/level");
    let of_level = level.eq_ignore_ascii_case("ReadOnly")
        || (deletes && level.eq_ignore_ascii_case("CanNotDelete"));
    // A deletion takes everything below with it, so a lock below forbids it too.
    let locked = locked_scope(lock);
    of_level && (within(scope, locked) || (deletes && within(locked, scope)))
}

/// Returns the locks of the state.
pub(crate) fn locks<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Value> {
    let all = call.store.resources.iter();
    all.filter(|(key, _)| key.contains(LOCKS)).map(|(_, lock)| lock)
}

/// Returns the scope that a lock is on.
pub(crate) fn locked_scope(lock: &Value) -> &str {
    let id = id(lock);
    let at = id.to_ascii_lowercase().rfind(LOCKS).unwrap_or(id.len());
    &id[..at]
}

/// Refuses a write to a group that is being deleted (general knowledge; no recording).
pub(crate) fn require_alive(call: &Call<'_>, group: &str) -> Result<(), Answer> {
    let key = group_key(call.subscription, group);
    match call.store.resources.get(&key) {
        Some(group) if is(group, "/properties/provisioningState", "Deleting") => {}
        _ => return Ok(()),
    }
    let message = format!(
        "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
    );
    Err(errors::gateway(
        StatusCode::CONFLICT,
        "ResourceGroupBeingDeleted",
        &message,
    ))
}

/// Refuses a subnet that the caller may not join. A write is checked for every subnet that it sends, unchanged ones too
/// (Azure/azure-cli#14596). The text is general knowledge.
pub(crate) fn check_join(call: &Call<'_>, subnet: &SubnetId) -> Result<(), Answer> {
    let denied = &call.options.conditions.denied_joins;
    if !denied.iter().any(|scope| within(subnet.as_str(), scope)) {
        return Ok(());
    }
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

/// Applies the policies to a registry that a write would make. Modify comes before Deny (effect-basics, order of
/// evaluation).
///
/// # Errors
///
/// The 403 of the first policy that denies it.
pub(crate) fn apply_policies(call: &Call<'_>, mut registry: Value) -> Result<Value, Answer> {
    let mut assigned = Vec::new();
    for policy in &call.options.conditions.policies {
        if within(id(&registry), &policy.scope) {
            assigned.push(policy);
        }
    }
    for policy in &assigned {
        if policy.effect == PolicyEffect::DisablePublicAccess {
            registry["properties"]["publicNetworkAccess"] = "Disabled".into();
        }
    }
    for policy in assigned {
        if let Some((definition, name)) = violated(policy.effect, &registry) {
            return Err(disallowed(&registry, definition, name, &policy.scope));
        }
    }
    Ok(registry)
}

/// Returns id and display name of the definition that forbids a registry (Azure/azure-policy).
fn violated(effect: PolicyEffect, registry: &Value) -> Option<(&'static str, &'static str)> {
    let public = !is(registry, "/properties/publicNetworkAccess", "Disabled");
    let allows = !is(registry, "/properties/networkRuleSet/defaultAction", "Deny");
    match effect {
        PolicyEffect::DenyPublicAccess if public => Some((
            "0fdf0491-d080-4575-b627-ad0e843cba0f",
            "Public network access should be disabled for Container registries",
        )),
        PolicyEffect::DenyUnrestrictedAccess if public && allows => Some((
            "d0793b48-0edc-4296-a390-4c75d1bdfd71",
            "Container registries should not allow unrestricted network access",
        )),
        _ => None,
    }
}

/// Returns the 403 of a policy (general knowledge; no recording).
fn disallowed(registry: &Value, definition: &str, name: &str, scope: &str) -> Answer {
    let resource = text(registry, "/name");
    let definition_id = format!("/providers/Microsoft.Authorization/policyDefinitions/{definition}");
    let assignment = format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{definition}");
    let identifiers = json!([{
        "policyAssignment": {"name": name, "id": assignment},
        "policyDefinition": {"name": name, "id": definition_id},
    }]);
    let message =
        format!("Resource '{resource}' was disallowed by policy. Policy identifiers: '{identifiers}'.");
    let info = json!({
        "policyDefinitionDisplayName": name,
        "policyDefinitionId": definition_id,
        "policyDefinitionName": definition,
        "policyDefinitionEffect": "Deny",
        "policyAssignmentId": assignment,
        "policyAssignmentName": definition,
        "policyAssignmentDisplayName": name,
        "policyAssignmentScope": scope,
        "policyAssignmentParameters": {},
    });
    let additional = json!([{"type": "PolicyViolation", "info": info}]);
    let error = json!({
        "code": "RequestDisallowedByPolicy", "target": resource, "message": message, "additionalInfo": additional,
    });
    Answer::new(StatusCode::FORBIDDEN, json!({ "error": error })).with("x-ms-failure-cause", "gateway")
}
