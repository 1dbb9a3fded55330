//! One request to a registry that the firewall has admitted, and the errors that it may get.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::scope::Scope;
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
    /// Passwords of the registry's admin user, if any were asked for.
    pub(crate) passwords: Option<&'a [String; 2]>,
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
///
/// Below `/v2/` and `/acr/v1/` it names the scope that the request needs too (recorded: azure-sdk-for-js,
/// container-registry, 2021).
pub(crate) fn challenge(visit: &Visit<'_>) -> Answer {
    let (origin, service) = (&visit.request.host.origin, visit.service);
    let mut value = format!("Bearer realm=\"{origin}/oauth2/token\",service=\"{service}\"");
    let Some(scope) = Scope::of(visit.request) else {
        return unauthorized().with("www-authenticate", &value);
    };
    let Scope { kind, name, actions } = scope;
    let mut detail = Vec::new();
    for action in actions {
        detail.push(json!({"Type": kind, "Name": name, "Action": action}));
    }
    value.push_str(&format!(",scope=\"{kind}:{name}:{}\"", actions.join(",")));
    let mut answer = unauthorized().with("www-authenticate", &value);
    if let Some(body) = &mut answer.body {
        body["errors"][0]["detail"] = detail.into();
    }
    answer
}

/// Returns a 401 without a challenge.
pub(crate) fn unauthorized() -> Answer {
    let message =
        "authentication required, visit https://aka.ms/acr/authorization for more information.";
    error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}

/// Returns the 501 for a part of the data plane that the sandbox does not have, in the registry's form.
pub(crate) fn not_served(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what} is not served; docs/sandbox.md lists what is");
    error(StatusCode::NOT_IMPLEMENTED, "NOT_SERVED", &message)
}

/// Returns the 501 for a client about which no source decides, in the registry's form.
pub(crate) fn not_established(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what}: what Azure answers is not established");
    error(StatusCode::NOT_IMPLEMENTED, "NOT_ESTABLISHED", &message)
}
