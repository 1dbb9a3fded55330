//! Errors in the shape of Entra, and the check of a tenant.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::protocol::response::Answer;

/// Names that stand for the tenant of the user (Microsoft identity platform, "authority").
pub(crate) const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// Returns a tenant as the state writes it.
///
/// # Errors
///
/// Entra's error for a name that stands for any tenant, or for an unknown tenant.
pub(crate) fn known_tenant<'a>(tenant: &str, tenants: &'a [String]) -> Result<&'a str, Answer> {
    // `common` and the like stand for the user's tenant, and an application has no user.
    if ANY_TENANT.iter().any(|any| any.eq_ignore_ascii_case(tenant)) {
        let message = "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(error(StatusCode::BAD_REQUEST, "invalid_request", 50_059, message));
    }
    for known in tenants {
        if known.eq_ignore_ascii_case(tenant) {
            return Ok(known);
        }
    }
    let message = format!(
        "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
        printable(tenant)
    );
    Err(error(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        90_002,
        &message,
    ))
}

/// Returns the first 80 characters of a client's text without control characters, to send back in a message.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Returns an error in the shape of Entra. `number` is that of its AADSTS code (Microsoft identity platform, "authentication and authorization error codes").
pub(crate) fn error(status: StatusCode, code: &str, number: u32, message: &str) -> Answer {
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let time = Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{number}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
    );
    let body: Value = json!({
        "error": code, "error_description": description, "error_codes": [number], "timestamp": time,
        "trace_id": trace.to_string(), "correlation_id": correlation.to_string(),
    });
    Answer::new(status, body)
}
