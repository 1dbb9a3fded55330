//! Refusals of the network provider.

use axum::http::StatusCode;

use crate::sandbox::forms::json_type::BodyFault;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Returns a 400 for a body that Azure refuses too, with a code and a text that are not known.
pub(crate) fn invalid(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what} (Azure's text is not known)");
    errors::network(StatusCode::BAD_REQUEST, "InvalidRequestFormat", &message)
}

/// Returns the answer to a body that differs from the models of the provider.
///
/// The text for an id is ARM's for every type (docs: troubleshooting-shared-images), the code that of
/// resource-manager-common-deployment-errors.
pub(crate) fn differs(fault: BodyFault) -> Answer {
    match fault {
        BodyFault::Type { path, wanted } => invalid(&format!("`{path}` must be {wanted}")),
        BodyFault::Value { path, wanted } => {
            errors::not_established(&format!("a body in which `{path}` is not {wanted}"))
        }
        BodyFault::Unknown { path } => errors::not_established(&format!("a body with `{path}`")),
        BodyFault::Missing { path } => errors::not_established(&format!("a body without `{path}`")),
        BodyFault::Id { path, id } => {
            let message = format!(
                "Property id '{id}' at path '{path}' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
            );
            errors::gateway(StatusCode::BAD_REQUEST, "LinkedInvalidPropertyId", &message)
        }
    }
}
