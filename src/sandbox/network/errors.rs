//! Refusals of the network provider that no source records.

use axum::http::StatusCode;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Returns a 400 for a body that Azure refuses too, with a code and a text that are not known.
pub(crate) fn invalid(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what} (Azure's text is not known)");
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}
