//! Endpoints of the authority. Tokens are in [`super::client_credentials`].

use serde_json::json;

use super::client_credentials;
use super::errors::{ANY_TENANT, known_tenant};
use super::generation::{Generation, V1, V2};
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::known_word;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Returns true if a path is one of the authority. Such requests carry secrets, and their answers have no ARM headers.
pub(crate) fn is_one(request: &Request) -> bool {
    let [first, second, ..] = request.segments.as_slice() else {
        return false;
    };
    let known = ["oauth2", "discovery", "v2.0", ".well-known"];
    known_word(&known, second).is_some() && !first.eq_ignore_ascii_case("subscriptions")
}

/// Answers a request for a path of the authority.
pub(crate) fn answer(identity: &Identity, tenants: &[String], request: &Request) -> Answer {
    let tenant = request.segments.first().map_or("", String::as_str);
    let mut lower = Vec::new();
    for segment in &request.segments {
        lower.push(segment.to_ascii_lowercase());
    }
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    let answered = match path.as_slice() {
        [_, "v2.0", ".well-known", "openid-configuration"] => {
            configuration(tenant, tenants, request, V2)
        }
        [_, ".well-known", "openid-configuration"] => configuration(tenant, tenants, request, V1),
        [_, "discovery", "instance"] => Ok(instance(tenant, request)),
        // The key of the tokens is a secret of this process, so no key is published.
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
    match answered {
        Ok(answer) | Err(answer) => answer,
    }
}

/// Answers the OpenID configuration (Microsoft identity platform, "OpenID Connect"). For `common` the issuer has a
/// placeholder, as Entra's has.
fn configuration(tenant: &str, tenants: &[String], request: &Request, of: Generation) -> Answered {
    let (tenant, issuer) = match known_word(&ANY_TENANT, tenant) {
        Some(any) => (any, "{tenantid}"),
        None => {
            let tenant = known_tenant(tenant, tenants)?;
            (tenant, tenant)
        }
    };
    // All endpoints are on the origin that the client asked.
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

/// Answers instance discovery, by which MSAL decides to trust an authority (docs: msal-net-instance-discovery).
fn instance(tenant: &str, request: &Request) -> Answer {
    let host = request.base.trim_start_matches("https://");
    Answer::ok(json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", request.base),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }))
}
