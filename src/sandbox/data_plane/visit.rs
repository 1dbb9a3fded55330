//! One request to a registry that the firewall has admitted, and the errors that it may get.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;

/// Domains of registry host names (azure-cli-core 2.91: suffixes of each cloud).
const SUFFIXES: [&str; 4] = [
    ".azurecr.io",
    ".azurecr.us",
    ".azurecr.cn",
    ".azurecr.sovcloud-azure.fr",
];

/// One request to a registry that the firewall has admitted.
pub(crate) struct Visit<'a> {
    pub(crate) request: &'a Request,
    pub(crate) registry: &'a Value,
    pub(crate) identity: &'a Identity,
    /// The login server, in lower case.
    pub(crate) service: &'a str,
}

/// Returns true for the host name of a registry, of this sandbox or not. `host` is in lower case.
pub fn is_host(host: &str) -> bool {
    SUFFIXES.iter().any(|suffix| host.ends_with(suffix))
}

/// Returns an error in the registry's form (Docker Registry HTTP API V2, "Errors").
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::new(status, json!({"errors": [{"code": code, "message": message}]}))
}

/// Returns the 401 that names the token endpoint (Azure/acr, docs/AAD-OAuth.md). The realm has the port of the
/// request.
pub(crate) fn challenge(visit: &Visit<'_>) -> Answer {
    let (base, service) = (&visit.request.base, visit.service);
    let value = format!("Bearer realm=\"{base}/oauth2/token\",service=\"{service}\"");
    unauthorized().with("www-authenticate", &value)
}

/// Returns a 401 without a challenge.
pub(crate) fn unauthorized() -> Answer {
    let message =
        "authentication required, visit https://aka.ms/acr/authorization for more information.";
    error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}
