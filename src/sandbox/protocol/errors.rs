//! Error answers, in the words of the service if a source has them.
//!
//! There are three envelopes:
//!
//! - ACR puts `status: "Failed"` next to `error` (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
//! - ARM's front door marks its own with `x-ms-failure-cause: gateway`.
//! - Network adds `details` (recorded: azure-cli network recordings, 2021).

use std::error::Error;

use axum::http::StatusCode;
use serde_json::json;

use super::response::Answer;
use crate::sandbox::state::error::StateError;

/// Beginning of every message that is the sandbox's own because no source has Azure's.
const OWN: &str = "ringfence sandbox:";

/// Returns an error of the registry provider.
pub(crate) fn registry(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::new(
        status,
        json!({"error": {"code": code, "message": message}, "status": "Failed"}),
    )
}

/// Returns a 400 of the registry provider.
pub(crate) fn bad_request(code: &str, message: &str) -> Answer {
    registry(StatusCode::BAD_REQUEST, code, message)
}

/// Returns a 400 of the registry provider whose text no source has.
pub(crate) fn own_bad_request(message: &str) -> Answer {
    bad_request(
        "BadRequest",
        &format!("{OWN} {message} (Azure's text is not known)"),
    )
}

/// Returns an error of ARM's front door.
pub(crate) fn gateway(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::new(status, json!({"error": {"code": code, "message": message}}))
        .with("x-ms-failure-cause", "gateway")
}

/// Returns an error of the network provider.
pub(crate) fn network(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::new(
        status,
        json!({"error": {"code": code, "message": message, "details": []}}),
    )
}

/// Returns the 501 for a request that Azure has and whose answer no source has. `what` names the request.
pub(crate) fn not_established(what: &str) -> Answer {
    let message = format!("{OWN} {what}: what Azure answers is not established");
    gateway(StatusCode::NOT_IMPLEMENTED, "NotEstablished", &message)
}

/// Returns the 501 for a path or method that Azure has and the sandbox does not.
pub(crate) fn not_served(what: &str) -> Answer {
    let message = format!("{OWN} {what} is not served; docs/sandbox.md lists what is");
    gateway(StatusCode::NOT_IMPLEMENTED, "NotServed", &message)
}

/// Returns the 500 for a failure of the sandbox itself, such as a full disk.
pub(crate) fn internal(message: &str) -> Answer {
    gateway(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        &format!("{OWN} {message}"),
    )
}

/// Returns the 500 for a write that could not be saved and was undone.
pub(crate) fn unsaved(error: &StateError) -> Answer {
    let why = match error.source() {
        Some(source) => format!(": {source}"),
        None => String::new(),
    };
    internal(&format!("nothing was changed, because {error}{why}"))
}

/// Returns ARM's 404 for a resource (recorded: azure-cli test_network_vnet_caching, 2021-05).
pub(crate) fn resource_not_found(kind: &str, name: &str, group: &str) -> Answer {
    let message = format!(
        "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    gateway(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
}

/// Returns ARM's 404 for a group (recorded: azure-cli test_vrouter_with_virtual_hub_support, 2021-02).
pub(crate) fn group_not_found(group: &str) -> Answer {
    let message = format!("Resource group '{group}' could not be found.");
    gateway(StatusCode::NOT_FOUND, "ResourceGroupNotFound", &message)
}

/// Returns ARM's 404 for a subscription (general knowledge; no recording).
pub(crate) fn subscription_not_found(subscription: &str) -> Answer {
    let message = format!("The subscription '{subscription}' could not be found.");
    gateway(StatusCode::NOT_FOUND, "SubscriptionNotFound", &message)
}

/// Returns ARM's 409 for a provider that is not registered (recorded: azure-cli test_acr_identity, 2020-07; for another
/// provider test_cosmosdb_managed_service_identity, 2021-06).
pub(crate) fn not_registered(namespace: &str) -> Answer {
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
    );
    let code = "MissingSubscriptionRegistration";
    // The detail repeats the error and names the provider.
    let detail = json!({"code": code, "target": namespace, "message": message});
    let body = json!({"error": {"code": code, "message": message, "details": [detail]}});
    Answer::new(StatusCode::CONFLICT, body).with("x-ms-failure-cause", "gateway")
}

/// Returns the 400 for a body that ARM's front door refuses in words that no source has.
pub(crate) fn own_invalid_content(what: &str) -> Answer {
    let message = format!("{OWN} {what} (Azure's text is not known)");
    gateway(StatusCode::BAD_REQUEST, "InvalidRequestContent", &message)
}

/// Returns ARM's 415 (general knowledge; no recording).
pub(crate) fn unsupported_media_type(kind: &str) -> Answer {
    let message = format!(
        "The content media type '{kind}' is not supported. Only 'application/json' is supported."
    );
    gateway(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UnsupportedMediaType",
        &message,
    )
}

/// Returns the 413 for a body over ARM's documented 4 MB. The text is the sandbox's own.
pub(crate) fn too_large() -> Answer {
    let message = format!("{OWN} the request body is larger than 4 MB");
    gateway(StatusCode::PAYLOAD_TOO_LARGE, "RequestContentTooLarge", &message)
}

/// Returns the 408 for a body that does not arrive in time. The text is the sandbox's own.
pub(crate) fn too_slow() -> Answer {
    let message = format!("{OWN} the request body did not arrive in time");
    gateway(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", &message)
}

/// Returns the 400 for a body that breaks off. The text is the sandbox's own.
pub(crate) fn broken_body() -> Answer {
    let message = format!("{OWN} the request body breaks off or is not valid HTTP");
    gateway(StatusCode::BAD_REQUEST, "BadRequest", &message)
}

/// Returns the 400 for a host that is not one (RFC 9112, "Host"). The text is the sandbox's own.
pub(crate) fn bad_host() -> Answer {
    let message = format!("{OWN} the request must name one host, with or without a port");
    gateway(StatusCode::BAD_REQUEST, "BadRequest", &message)
}

/// Returns ARM's 400 for a creation without a location (general knowledge; no recording).
pub(crate) fn location_required() -> Answer {
    let message = "The location property is required for this definition.";
    gateway(StatusCode::BAD_REQUEST, "LocationRequired", message)
}
