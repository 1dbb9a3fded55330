//! Answers of faults, in Azure's words if a source has them.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::fault::StatusFault;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;

/// Seconds in a 429 if the fault has no `retryAfter` (Azure/azure-cli#33660, 2026-09).
const WAIT: u32 = 10;

/// Returns an error status. `actor` is the client id of the caller.
pub(crate) fn status(fault: &StatusFault, request: &Request, actor: &str) -> Answer {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // A fault without its own words has those of Azure for the status.
    let (code, message) = match fault.status {
        429 => throttled(request, actor, fault.retry_after.unwrap_or(WAIT)),
        _ => words(status),
    };
    let code = fault.code.as_deref().unwrap_or(&code);
    let message = fault.message.as_deref().unwrap_or(&message);
    let answer = errors::gateway(status, code, message);
    match fault.retry_after {
        Some(seconds) => answer.with("retry-after", &seconds.to_string()),
        None => answer,
    }
}

/// Returns code and message of a status. 503 is recorded for Network (`ServerTimeout`). The others are general knowledge.
fn words(status: StatusCode) -> (String, String) {
    let (code, message) = match status.as_u16() {
        409 => ("Conflict", "The resource is being changed by another request."),
        500 => ("InternalServerError", "An error occurred."),
        502 => (
            "BadGateway",
            "The server received an invalid response from an upstream server.",
        ),
        503 => (
            "ServerTimeout",
            "The request timed out. Diagnostic information: timestamp '', subscription id '', tracking id '', request correlation id ''.",
        ),
        504 => (
            "GatewayTimeout",
            "The gateway did not receive a response from the resource provider within the specified time period.",
        ),
        _ => ("SandboxFault", "ringfence sandbox: a fault injects this status"),
    };
    (code.to_owned(), message.to_owned())
}

/// Returns code and message of a 429 (Azure/azure-cli#33660, 2026-09).
fn throttled(request: &Request, actor: &str, wait: u32) -> (String, String) {
    let kind = match *request.counted_as() {
        Method::GET | Method::HEAD => "read",
        Method::DELETE => "delete",
        _ => "write",
    };
    let subscription = request.segments.get(1).map_or("", String::as_str);
    let message = format!(
        "Number of '{kind}' requests for subscription '{subscription}' actor '{actor}' exceeded. Please try again after '{wait}' seconds."
    );
    ("SubscriptionRequestsThrottled".to_owned(), message)
}

/// Returns the 403 of a policy with the effect Deny (docs: policy-compliance-errors; RequestDisallowedByPolicy).
pub(crate) fn disallowed(policy: &str, request: &Request) -> Answer {
    let mut scope = String::new();
    for segment in request.segments.iter().take(4) {
        scope.push('/');
        scope.push_str(segment);
    }
    let assignment = format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{policy}");
    let definition = format!("/providers/Microsoft.Authorization/policyDefinitions/{policy}");
    let name = match request.segments.as_slice() {
        [_, _, _, _, _, _, _, resource, ..] => resource.as_str(),
        [_, _, _, group, ..] => group.as_str(),
        _ => "",
    };
    // The message has the identifiers as JSON text.
    let identifiers = json!([{
        "policyAssignment": {"name": policy, "id": assignment},
        "policyDefinition": {"name": policy, "id": definition},
    }]);
    let message =
        format!("Resource '{name}' was disallowed by policy. Policy identifiers: '{identifiers}'.");
    let info = json!({
        "policyDefinitionDisplayName": policy,
        "policyAssignmentName": policy,
        "policyAssignmentId": assignment,
        "policyAssignmentDisplayName": policy,
        "policyAssignmentScope": scope,
        "policyDefinitionName": policy,
        "policyDefinitionId": definition,
        "policyDefinitionEffect": "Deny",
    });
    let error = json!({
        "code": "RequestDisallowedByPolicy", "target": name, "message": message,
        "additionalInfo": [{"type": "PolicyViolation", "info": info}],
    });
    Answer::new(StatusCode::FORBIDDEN, json!({ "error": error })).with("x-ms-failure-cause", "gateway")
}
