//! Azure Policy on writes of registries.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::conditions::PolicyEffect;
use super::scope::within;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{id, is, text};
use crate::sandbox::protocol::response::Answer;

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
    // Modify changes the registry that Deny then judges.
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
    // The message has the identifiers as JSON text, and `additionalInfo` has them as values.
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
