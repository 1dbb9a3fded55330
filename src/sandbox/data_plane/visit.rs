//! One request to a registry, past the firewall, and the errors that it may get.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;

/// Ends of the names under which registries are reached (azure-cli-core 2.91: suffixes of each cloud).
const SUFFIXES: [&str; 4] = [
    ".azurecr.io",
    ".azurecr.us",
    ".azurecr.cn",
    ".azurecr.sovcloud-azure.fr",
];

/// One request to a registry, past the firewall.
pub(crate) struct Visit<'a> {
    pub(crate) request: &'a Request,
    pub(crate) registry: &'a Value,
    pub(crate) identity: &'a Identity,
    /// The login server, in lower case.
    pub(crate) service: &'a str,
}

/// Whether a name, in lower case, is a registry's, here or elsewhere.
pub fn is_host(host: &str) -> bool {
    SUFFIXES.iter().any(|suffix| host.ends_with(suffix))
}

/// The registry's error envelope (Docker Registry HTTP API V2, "Errors").
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::new(status, json!({"errors": [{"code": code, "message": message}]}))
}

/// The 401 that says where tokens are (Azure/acr, docs/AAD-OAuth.md). The realm keeps the port that was asked.
pub(crate) fn challenge(visit: &Visit<'_>) -> Answer {
    let (base, service) = (&visit.request.base, visit.service);
    let value = format!("Bearer realm=\"{base}/oauth2/token\",service=\"{service}\"");
    unauthorized().with("www-authenticate", &value)
}

pub(crate) fn unauthorized() -> Answer {
    let message =
        "authentication required, visit https://aka.ms/acr/authorization for more information.";
    error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}
