//! What stands above a resource: permissions, locks, policies, and the deletion of its group.

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

/// The type of a lock, below the scope that it locks.
pub(crate) const LOCKS: &str = "/providers/microsoft.authorization/locks/";

/// General knowledge, quoted by many users; no recording.
pub(crate) fn check_permission(call: &Call<'_>, action: &str, scope: &str) -> Result<(), Answer> {
    let denied = is_denied(&call.options.conditions, action, scope);
    if !denied {
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
    let mut denials = conditions.denied.iter();
    denials.any(|denial| covers(&denial.action, action) && within(scope, &denial.scope))
}

/// Whether the caller may read a resource: what it may not read, it does not find in lists (general knowledge).
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

/// Whether an id is a scope or below it.
pub(crate) fn within(id: &str, scope: &str) -> bool {
    let (id, scope) = (
        id.to_ascii_lowercase(),
        scope.trim_end_matches('/').to_ascii_lowercase(),
    );
    id.strip_prefix(&scope)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `ReadOnly` forbids every write, `CanNotDelete` a deletion (lock-resources). The text is general knowledge.
pub(crate) fn check_locks(call: &Call<'_>, scope: &str) -> Result<(), Answer> {
    let verb = match call.request.method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::DELETE => "delete",
        _ => "write",
    };
    let holds = |lock: &&Value| {
        let level = text(lock, "/properties/level");
        let level_holds = level.eq_ignore_ascii_case("ReadOnly")
            || (verb == "delete" && level.eq_ignore_ascii_case("CanNotDelete"));
        let locked = locked_scope(lock);
        let inside = verb == "delete" && within(locked, scope);
        level_holds && (within(scope, locked) || inside)
    };
    let Some(lock) = locks(call).find(holds) else {
        return Ok(());
    };
    let message = format!(
        "The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
        locked_scope(lock)
    );
    Err(errors::gateway(StatusCode::CONFLICT, "ScopeLocked", &message))
}

/// The locks of the state.
pub(crate) fn locks<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Value> {
    let all = call.store.resources.iter();
    all.filter(|(key, _)| key.contains(LOCKS)).map(|(_, lock)| lock)
}

/// What a lock is on: its id up to the provider of locks.
pub(crate) fn locked_scope(lock: &Value) -> &str {
    let id = id(lock);
    let at = id.to_ascii_lowercase().rfind(LOCKS).unwrap_or(id.len());
    &id[..at]
}

/// A group that is being deleted takes no writes. General knowledge; no recording.
pub(crate) fn require_alive(call: &Call<'_>, group: &str) -> Result<(), Answer> {
    let key = group_key(call.subscription, group);
    let found = call.store.resources.get(&key);
    if !found.is_some_and(|found| is(found, "/properties/provisioningState", "Deleting")) {
        return Ok(());
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

/// The caller must be able to join every subnet of a list that is sent, unchanged ones too
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

/// The registry that a write would make, as the policies leave it, or their refusal. Modify comes before Deny
/// (effect-basics, order of evaluation).
pub(crate) fn apply_policies(call: &Call<'_>, mut registry: Value) -> Result<Value, Answer> {
    let at = id(&registry).to_owned();
    let assigned = || {
        call.options
            .conditions
            .policies
            .iter()
            .filter(|policy| within(&at, &policy.scope))
    };
    if assigned().any(|policy| policy.effect == PolicyEffect::DisablePublicAccess) {
        registry["properties"]["publicNetworkAccess"] = "Disabled".into();
    }
    for policy in assigned() {
        if let Some((definition, name)) = violated(policy.effect, &registry) {
            return Err(disallowed(&registry, definition, name, &policy.scope));
        }
    }
    Ok(registry)
}

/// The definition that forbids the registry, with its display name (Azure/azure-policy).
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

/// General knowledge; no recording.
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
