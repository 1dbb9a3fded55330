//! Refusals of the network provider that no source records.

use axum::http::StatusCode;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Which 400 Azure gives is not known for these.
pub(crate) fn invalid(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what} (Azure's text is not known)");
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}
