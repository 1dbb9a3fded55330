//! The Entra part: OpenID configuration and the token endpoint for client secrets.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Answered};
use super::errors;
use super::request::{Request, pairs};
use super::server::Identity;

/// Whether a path is the authority's: what is sent there carries secrets, and ARM's headers are missing.
pub(super) fn is_one(request: &Request) -> bool {
    let second = request.segments.get(1).map_or("", String::as_str);
    ["oauth2", "discovery", "v2.0"]
        .iter()
        .any(|part| second.eq_ignore_ascii_case(part))
}

/// Answers a request for an authority path, or `None` where the path is not one.
pub(super) fn answer(identity: &Identity, tenants: &[String], request: &Request) -> Option<Answer> {
    let lower: Vec<String> = request
        .segments
        .iter()
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    let tenant = request.segments.first()?;
    let answered = match path.as_slice() {
        [_, "v2.0", ".well-known", "openid-configuration"] => {
            openid_configuration(tenant, tenants, request)
        }
        [_, "oauth2", "v2.0", "token"] => token(identity, tenant, tenants, request),
        [_, "oauth2", ..] | [_, "discovery", ..] | [_, "v2.0", ..] => Err(errors::not_served(&format!(
            "the authority path `{}`",
            request.path
        ))),
        _ => return None,
    };
    Some(answered.unwrap_or_else(|refused| refused))
}

fn openid_configuration(tenant: &str, tenants: &[String], request: &Request) -> Answered {
    let tenant = known_tenant(tenant, tenants)?;
    let base = format!("{}/{tenant}", request.base);
    Ok(Answer::ok(json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "tenant_region_scope": "WW",
    })))
}

fn token(identity: &Identity, tenant: &str, tenants: &[String], request: &Request) -> Answered {
    if request.method != Method::POST {
        return Err(error(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request",
            900_561,
            "The endpoint only accepts POST requests.",
        ));
    }
    let tenant = known_tenant(tenant, tenants)?;
    let form = pairs(&request.body);
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    check_grant(field("grant_type"), field("client_assertion"))?;
    check_client(identity, field("client_id"), field("client_secret"))?;
    let scope = required(field("scope"), "scope")?;
    let audience = scope.strip_suffix("/.default").unwrap_or(scope);
    let lifetime = identity.token_lifetime;
    let now = Timestamp::now().as_second();
    Ok(Answer::ok(json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": identity.signer.mint(tenant, &identity.client_id, audience, now, lifetime),
    })))
}

fn check_grant(grant: Option<&str>, assertion: Option<&str>) -> Result<(), Answer> {
    match required(grant, "grant_type")? {
        "client_credentials" if assertion.is_some() => Err(errors::not_served("a client assertion")),
        "client_credentials" => Ok(()),
        other => Err(error(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            70_003,
            &format!(
                "The app requested an unsupported grant type '{}'.",
                printable(other)
            ),
        )),
    }
}

fn check_client(identity: &Identity, client: Option<&str>, secret: Option<&str>) -> Result<(), Answer> {
    let client = required(client, "client_id")?;
    if !client.eq_ignore_ascii_case(&identity.client_id) {
        let message = format!(
            "Application with identifier '{}' was not found in the directory.",
            printable(client)
        );
        return Err(error(
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            700_016,
            &message,
        ));
    }
    if secret == Some(identity.client_secret.as_str()) {
        return Ok(());
    }
    let (number, message) = match secret {
        None => (7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned()),
        Some(_) => (7_000_215, format!("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.", identity.client_id)),
    };
    Err(error(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        number,
        &message,
    ))
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Answer> {
    value.filter(|text| !text.is_empty()).ok_or_else(|| {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        error(StatusCode::BAD_REQUEST, "invalid_request", 900_144, &message)
    })
}

fn known_tenant<'a>(tenant: &str, tenants: &'a [String]) -> Result<&'a str, Answer> {
    let found = tenants.iter().find(|known| known.eq_ignore_ascii_case(tenant));
    found.map(String::as_str).ok_or_else(|| {
        let message = format!("Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", printable(tenant));
        error(StatusCode::BAD_REQUEST, "invalid_request", 90_002, &message)
    })
}

/// What a client sent, short enough and plain enough to send back.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// An error as Entra shapes it (Microsoft identity platform, "authentication and authorization error codes").
fn error(status: StatusCode, code: &str, number: u32, message: &str) -> Answer {
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
