//! The Entra part: which endpoints there are. Tokens are in [`super::client_credentials`].

use serde_json::json;

use super::client_credentials;
use super::errors::{ANY_TENANT, known_tenant};
use super::generation::{Generation, V1, V2};
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::{Answer, Answered};

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
