//! Errors as Entra shapes them, and the tenants that it knows.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::protocol::response::Answer;

/// Names that stand for whichever tenant a user belongs to (Microsoft identity platform, "authority").
pub(crate) const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// The tenant as the state writes it.
pub(crate) fn known_tenant<'a>(tenant: &str, tenants: &'a [String]) -> Result<&'a str, Answer> {
    if ANY_TENANT.iter().any(|any| any.eq_ignore_ascii_case(tenant)) {
        let message = "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(error(StatusCode::BAD_REQUEST, "invalid_request", 50_059, message));
    }
    let found = tenants.iter().find(|known| known.eq_ignore_ascii_case(tenant));
    found.map(String::as_str).ok_or_else(|| {
        let message = format!("Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", printable(tenant));
        error(StatusCode::BAD_REQUEST, "invalid_request", 90_002, &message)
    })
}

/// What a client sent, short enough and plain enough to send back.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// An error as Entra shapes it (Microsoft identity platform, "authentication and authorization error codes").
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
