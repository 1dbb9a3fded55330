//! Tokens for client credentials: a secret, or an assertion of another issuer.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::audiences;
use super::errors::{error, known_tenant, printable};
use super::generation::Generation;
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::request::{Request, pairs};
use crate::sandbox::protocol::response::{Answer, Answered};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Audiences of a federated credential in each cloud (docs: workload-identity-federation).
const FEDERATED_AUDIENCES: [&str; 3] = [
    "api://AzureADTokenExchange",
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeChina",
];
/// Most seconds by which clocks may differ.
const SKEW: f64 = 300.0;

/// Fields of a token request.
struct Form(Vec<(String, String)>);

/// Answers a token request.
///
/// # Errors
///
/// Entra's error for a wrong method, tenant, grant, client, or credential, and for a missing field.
pub(crate) fn token(
    identity: &Identity,
    tenant: &str,
    tenants: &[String],
    request: &Request,
    generation: Generation,
) -> Answered {
    if request.method != Method::POST {
        let message = "The endpoint only accepts POST requests.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(error(status, "invalid_request", 900_561, message));
    }
    // The configuration that the authority publishes does not offer `client_secret_basic`.
    if request.headers.contains_key(header::AUTHORIZATION) {
        return Err(errors::not_established(
            "a token request with an `authorization` header",
        ));
    }
    // Entra checks the tenant, the grant, the client and the audience in this order.
    let tenant = known_tenant(tenant, tenants)?;
    let form = Form::of(request, generation)?;
    check_grant(&form)?;
    check_client(identity, tenant, &form, request)?;
    let audience = if generation.scoped {
        audience_of(form.required("scope")?)?
    } else {
        form.required("resource")?
    };
    audiences::check(identity, audience, request)?;
    let now = Timestamp::now().as_second();
    let (client, lifetime) = (&identity.client_id, identity.token_lifetime);
    let token = identity.signer.mint(tenant, client, audience, now, lifetime);
    let body = if generation.scoped {
        json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token})
    } else {
        v1_body(&token, audience, now, lifetime)
    };
    Ok(Answer::ok(body))
}

/// Returns the body of a token answer of the first generation, in which numbers are texts. Managed identity has the same.
pub(crate) fn v1_body(token: &str, resource: &str, now: i64, lifetime: i64) -> Value {
    json!({
        "token_type": "Bearer", "expires_in": lifetime.to_string(), "ext_expires_in": lifetime.to_string(),
        "expires_on": (now + lifetime).to_string(), "not_before": now.to_string(), "resource": resource,
        "access_token": token,
    })
}

/// Returns the audience of a scope, which must be a resource with `/.default` (databricks/databricks-sql-nodejs#226,
/// microsoftgraph/msgraph-sdk-python#181).
fn audience_of(scope: &str) -> Result<&str, Answer> {
    if scope.contains(' ') {
        return Err(errors::not_established("a token for several scopes"));
    }
    if let Some(audience) = scope.strip_suffix("/.default") {
        return Ok(audience);
    }
    let message = format!(
        "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
        printable(scope)
    );
    let status = StatusCode::BAD_REQUEST;
    Err(error(status, "invalid_scope", 1_002_012, &message))
}

impl Form {
    /// Reads the body.
    ///
    /// # Errors
    ///
    /// 501 for another content type than that of a form, a field twice, and a `resource` where scopes are asked for.
    fn of(request: &Request, generation: Generation) -> Result<Self, Answer> {
        let kind = request.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(errors::not_established(&format!(
                "a token request of the content type `{essence}`"
            )));
        }
        let form = Self(pairs(&request.body));
        let mut names = BTreeSet::new();
        for (name, _) in &form.0 {
            if !names.insert(name.as_str()) {
                return Err(errors::not_established(&format!(
                    "a token request with `{name}` twice"
                )));
            }
        }
        if generation.scoped && form.get("resource").is_some() {
            return Err(errors::not_established(
                "a token request with `resource` at the endpoint of scopes",
            ));
        }
        Ok(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        for (known, value) in &self.0 {
            if known == name {
                return Some(value);
            }
        }
        None
    }

    fn required(&self, name: &str) -> Result<&str, Answer> {
        if let Some(value) = self.get(name)
            && !value.is_empty()
        {
            return Ok(value);
        }
        let message = format!("The request body must contain the following parameter: '{name}'.");
        Err(error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            900_144,
            &message,
        ))
    }
}

fn check_grant(form: &Form) -> Result<(), Answer> {
    let grant = form.required("grant_type")?;
    if grant == "client_credentials" {
        return Ok(());
    }
    let message = format!(
        "The app requested an unsupported grant type '{}'.",
        printable(grant)
    );
    let status = StatusCode::BAD_REQUEST;
    Err(error(status, "unsupported_grant_type", 70_003, &message))
}

fn check_client(
    identity: &Identity,
    tenant: &str,
    form: &Form,
    request: &Request,
) -> Result<(), Answer> {
    let client = form.required("client_id")?;
    if !client.eq_ignore_ascii_case(&identity.client_id) {
        let message = format!(
            "Application with identifier '{}' was not found in the directory.",
            printable(client)
        );
        let status = StatusCode::BAD_REQUEST;
        return Err(error(status, "unauthorized_client", 700_016, &message));
    }
    // An assertion wins over a secret.
    match (form.get("client_assertion"), form.get("client_secret")) {
        (Some(assertion), _) => check_assertion(identity, tenant, form, assertion, request),
        (None, Some(secret)) if secret == identity.client_secret => Ok(()),
        (None, Some(_)) => Err(refused(
            7_000_215,
            &format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                identity.client_id
            ),
        )),
        (None, None) => Err(refused(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
    }
}

fn refused(number: u32, message: &str) -> Answer {
    error(StatusCode::UNAUTHORIZED, "invalid_client", number, message)
}

/// Checks an assertion: its form, its times, its subject and its audience.
///
/// The signature is not checked, because the sandbox has no keys of issuers.
///
/// Numbers and texts: Microsoft identity platform, "authentication and authorization error codes".
fn check_assertion(
    identity: &Identity,
    tenant: &str,
    form: &Form,
    assertion: &str,
    request: &Request,
) -> Result<(), Answer> {
    if form.required("client_assertion_type")? != ASSERTION_TYPE {
        return Err(malformed());
    }
    let claims = read(assertion).ok_or_else(malformed)?;
    check_times(&claims)?;
    let (issuer, subject, audience) = (
        text(&claims, "/iss"),
        text(&claims, "/sub"),
        text(&claims, "/aud"),
    );
    // An application may sign an assertion itself.
    if issuer.eq_ignore_ascii_case(&identity.client_id) {
        return check_own(identity, tenant, subject, audience, request);
    }
    let (number, claim, value) = if !issuer.starts_with("https://") {
        (700_211, "issuer", issuer)
    } else if !FEDERATED_AUDIENCES.contains(&audience) {
        (700_212, "audience", audience)
    } else if subject.is_empty() {
        (700_213, "subject", subject)
    } else {
        return Ok(());
    };
    let message = format!(
        "No matching federated identity record found for presented assertion {claim} '{}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
        printable(value)
    );
    Err(refused(number, &message))
}

/// Checks an assertion that the application signed itself, with its certificate.
fn check_own(
    identity: &Identity,
    tenant: &str,
    subject: &str,
    audience: &str,
    request: &Request,
) -> Result<(), Answer> {
    if !subject.eq_ignore_ascii_case(&identity.client_id) {
        let message = "Client assertion application identifier doesn't match 'client_id' parameter.";
        return Err(refused(700_021, message));
    }
    let base = format!("{}/{tenant}", request.base);
    // Libraries name the token endpoint of either generation, or the issuer.
    for path in ["oauth2/v2.0/token", "oauth2/token", "v2.0"] {
        if audience.eq_ignore_ascii_case(&format!("{base}/{path}")) {
            return Ok(());
        }
    }
    Err(refused(
        700_023,
        "Client assertion audience claim does not match Realm issuer.",
    ))
}

fn check_times(claims: &Value) -> Result<(), Answer> {
    // A NumericDate may be a fraction (RFC 7519), and MSAL for Python writes one.
    let now = Timestamp::now().as_second() as f64;
    let Some(expiry) = claims["exp"].as_f64() else {
        return Err(malformed());
    };
    let begin = claims["nbf"].as_f64().unwrap_or(now);
    if expiry > now - SKEW && begin < now + SKEW {
        return Ok(());
    }
    Err(refused(
        700_024,
        "Client assertion is not within its valid time range.",
    ))
}

/// Reads the claims of a JWT that has a signature of a public key, whose key is not checked.
fn read(assertion: &str) -> Option<Value> {
    let parts: Vec<&str> = assertion.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else {
        return None;
    };
    // A token without a signature, or with one of a shared key, is not an assertion.
    let head = decode(head)?;
    let signed = ["RS256", "PS256", "ES256", "RS384", "RS512"].contains(&text(&head, "/alg"));
    if !signed || signature.is_empty() || BASE64.decode(signature).is_err() {
        return None;
    }
    decode(claims).filter(Value::is_object)
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64.decode(part).ok()?).ok()
}

fn malformed() -> Answer {
    let message = "JWT token is invalid or malformed.";
    error(StatusCode::BAD_REQUEST, "invalid_request", 50_027, message)
}
