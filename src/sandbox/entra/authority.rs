//! The Entra part: which endpoints there are. Tokens are in [`super::client_credentials`].

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client_credentials;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::server::start::Identity;

/// Names that stand for whichever tenant a user belongs to (Microsoft identity platform, "authority").
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// Whether a path is the authority's: what is sent there carries secrets, and ARM's headers are missing.
pub(crate) fn is_one(request: &Request) -> bool {
    let part = |index: usize| request.segments.get(index).map_or("", String::as_str);
    let second = ["oauth2", "discovery", "v2.0", ".well-known"];
    second.iter().any(|known| part(1).eq_ignore_ascii_case(known))
        && !part(0).eq_ignore_ascii_case("subscriptions")
}

/// Answers a request for an authority path, or `None` where the path is not one.
pub(crate) fn answer(identity: &Identity, tenants: &[String], request: &Request) -> Option<Answer> {
    if !is_one(request) {
        return None;
    }
    let lower: Vec<String> = request
        .segments
        .iter()
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    let tenant = request.segments.first()?;
    let answered = match path.as_slice() {
        [_, "v2.0", ".well-known", "openid-configuration"] => {
            configuration(tenant, tenants, request, V2)
        }
        [_, ".well-known", "openid-configuration"] => configuration(tenant, tenants, request, V1),
        [_, "discovery", "instance"] => Ok(instance(tenant, request)),
        // The key of the tokens is a secret of this process: there is none to publish.
        [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => {
            Ok(Answer::ok(json!({"keys": []})))
        }
        [_, "oauth2", "v2.0", "token"] => {
            client_credentials::token(identity, tenant, tenants, request, V2)
        }
        [_, "oauth2", "token"] => client_credentials::token(identity, tenant, tenants, request, V1),
        _ => Err(errors::not_served(&format!(
            "the authority path `{}`",
            request.path
        ))),
    };
    Some(answered.unwrap_or_else(|refused| refused))
}

/// The two generations of Entra's endpoints: where they are, and how tokens are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Generation {
    token_path: &'static str,
    authorize_path: &'static str,
    keys_path: &'static str,
    issuer_path: &'static str,
    /// Asks for `scope`, else for `resource`.
    pub(crate) scoped: bool,
}

const V1: Generation = Generation {
    token_path: "oauth2/token",
    authorize_path: "oauth2/authorize",
    keys_path: "discovery/keys",
    issuer_path: "",
    scoped: false,
};

const V2: Generation = Generation {
    token_path: "oauth2/v2.0/token",
    authorize_path: "oauth2/v2.0/authorize",
    keys_path: "discovery/v2.0/keys",
    issuer_path: "v2.0",
    scoped: true,
};

/// The OpenID configuration (Microsoft identity platform, "OpenID Connect"). For `common` the issuer keeps a
/// placeholder, as Entra's does.
fn configuration(tenant: &str, tenants: &[String], request: &Request, of: Generation) -> Answered {
    let (tenant, issuer) = match ANY_TENANT.iter().find(|any| any.eq_ignore_ascii_case(tenant)) {
        Some(any) => (*any, "{tenantid}"),
        None => {
            let tenant = known_tenant(tenant, tenants)?;
            (tenant, tenant)
        }
    };
    let base = format!("{}/{tenant}", request.base);
    let host = request.base.trim_start_matches("https://");
    Ok(Answer::ok(json!({
        "token_endpoint": format!("{base}/{}", of.token_path),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{base}/{}", of.keys_path),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{}/{issuer}/{}", request.base, of.issuer_path),
        "authorization_endpoint": format!("{base}/{}", of.authorize_path),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "tenant_region_scope": "WW",
        "cloud_instance_name": host,
    })))
}

/// Instance discovery: whether a client may trust an authority (read by MSAL; docs: msal-net-instance-discovery).
fn instance(tenant: &str, request: &Request) -> Answer {
    let host = request.base.trim_start_matches("https://");
    Answer::ok(json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", request.base),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }))
}

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
