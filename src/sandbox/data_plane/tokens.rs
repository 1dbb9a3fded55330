//! Tokens of the registry: an Entra token is exchanged for a refresh token, and a refresh token for an access token.
//!
//! Source: Azure/acr, docs/AAD-OAuth.md.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::visit::{Visit, challenge, not_established, unauthorized};
use crate::sandbox::entra::audiences::ARM_AUDIENCES;
use crate::sandbox::protocol::json::is;
use crate::sandbox::protocol::request::pairs;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Audience that registries accept even if they refuse ARM's.
const AUDIENCE: &str = "https://containerregistry.azure.net";
/// Lifetimes in seconds (Azure/acr AAD-OAuth.md: refresh tokens 3 hours, access tokens 75 minutes).
const REFRESH_LIFETIME: i64 = 3 * 3600;
const ACCESS_LIFETIME: i64 = 75 * 60;
/// User name that `az acr login` gives to docker together with a refresh token.
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// Returns true if the request has an access token of this registry, or a name and password.
pub(crate) fn is_signed_in(visit: &Visit<'_>) -> bool {
    let header = visit.request.header("authorization").unwrap_or_default();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            is_own_token(visit, token.trim(), "access_token")
        }
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => is_known_login(visit, pair),
        _ => false,
    }
}

/// Answers `POST /oauth2/exchange`: an Entra token for a refresh token.
pub(crate) fn exchange(visit: &Visit<'_>) -> Answered {
    let form = pairs(&visit.request.body);
    check_form(visit, &form, &["access_token", "access_token_refresh_token"])?;
    let token = field(&form, "access_token");
    let Ok(claims) = visit.identity.signer.read(token) else {
        return Err(unauthorized());
    };
    // An Entra token must be valid and meant for registries.
    if claims.exp <= Timestamp::now().as_second() || !is_accepted_audience(visit, &claims.aud) {
        return Err(unauthorized());
    }
    let tenant = field(&form, "tenant");
    if !tenant.is_empty() && !tenant.eq_ignore_ascii_case(&claims.tid) {
        return Err(not_established("an exchange for another tenant than the token's"));
    }
    let token = mint(visit, "refresh_token", REFRESH_LIFETIME, json!([]));
    Ok(Answer::ok(json!({ "refresh_token": token })))
}

/// Answers `POST /oauth2/token`: a refresh token, or a name and password, for an access token.
pub(crate) fn token(visit: &Visit<'_>) -> Answered {
    let form = pairs(&visit.request.body);
    check_form(visit, &form, &["refresh_token", "password"])?;
    let proven = match field(&form, "grant_type") {
        "refresh_token" => is_own_token(visit, field(&form, "refresh_token"), "refresh_token"),
        "password" => is_known_password(visit, field(&form, "username"), field(&form, "password")),
        _ => false,
    };
    if !proven {
        return Err(unauthorized());
    }
    access(visit, &form)
}

/// Answers `GET /oauth2/token`, the form that docker uses: with name and password, or without any for anonymous pull.
pub(crate) fn docker_token(visit: &Visit<'_>) -> Answered {
    let header = visit.request.header("authorization").unwrap_or_default();
    let known = match header.split_once(' ') {
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => is_known_login(visit, pair),
        // Anonymous pull needs no credentials.
        _ => header.is_empty() && visit.registry["properties"]["anonymousPullEnabled"] == true,
    };
    if !known {
        return Err(challenge(visit));
    }
    check_service(visit, &visit.request.query)?;
    access(visit, &visit.request.query)
}

/// Refuses a form whose answer no source shows: an unknown grant, another service than the registry, a field twice.
fn check_form(visit: &Visit<'_>, form: &[(String, String)], grants: &[&str]) -> Result<(), Answer> {
    let grant = field(form, "grant_type");
    if !grants.contains(&grant) {
        return Err(not_established(&format!("a token by the grant `{grant}`")));
    }
    let mut names = BTreeSet::new();
    for (name, _) in form {
        // Docker's protocol allows several scopes.
        if !names.insert(name) && name != "scope" {
            return Err(not_established(&format!("a token request with `{name}` twice")));
        }
    }
    check_service(visit, form)
}

/// Refuses another service than this registry: every documented request names it.
fn check_service(visit: &Visit<'_>, form: &[(String, String)]) -> Result<(), Answer> {
    let service = field(form, "service");
    if service.eq_ignore_ascii_case(visit.service) {
        return Ok(());
    }
    Err(not_established(&format!("a token for the service `{service}`")))
}

/// Answers with an access token for the scopes of a form: entries `repository:NAME:ACTION,ACTION`, separated by spaces
/// or in several fields (Docker Registry, "Token Authentication Specification").
fn access(visit: &Visit<'_>, form: &[(String, String)]) -> Answered {
    let mut entries = Vec::new();
    for (name, scopes) in form {
        if name != "scope" {
            continue;
        }
        for scope in scopes.split(' ').filter(|scope| !scope.is_empty()) {
            entries.push(entry(scope)?);
        }
    }
    let token = mint(visit, "access_token", ACCESS_LIFETIME, json!(entries));
    Ok(Answer::ok(json!({ "access_token": token })))
}

/// Returns the entry of a token for one scope.
fn entry(scope: &str) -> Result<Value, Answer> {
    // A name may hold colons, so the actions follow the last one.
    if let Some((kind, rest)) = scope.split_once(':')
        && let Some((name, actions)) = rest.rsplit_once(':')
        && !name.is_empty()
        && !actions.is_empty()
    {
        let actions: Vec<&str> = actions.split(',').collect();
        return Ok(json!({"type": kind, "name": name, "actions": actions}));
    }
    Err(not_established(&format!("a token for the scope `{scope}`")))
}

/// Signs a token of this registry. `lifetime` is in seconds.
fn mint(visit: &Visit<'_>, kind: &str, lifetime: i64, access: Value) -> String {
    let now = Timestamp::now().as_second();
    visit.identity.signer.sign(&json!({
        "jti": uuid::Uuid::new_v4().to_string(), "sub": visit.identity.client_id, "nbf": now, "iat": now,
        "exp": now + lifetime, "iss": "Azure Container Registry", "aud": visit.service, "version": "1.0",
        "grant_type": kind, "tenant": visit.identity.tenant_id, "access": access, "roles": [],
    }))
}

/// Returns true for a valid token of this registry and of this kind.
fn is_own_token(visit: &Visit<'_>, token: &str, kind: &str) -> bool {
    let Ok(claims) = visit.identity.signer.claims::<Value>(token) else {
        return false;
    };
    claims["exp"].as_i64() > Some(Timestamp::now().as_second())
        && is(&claims, "/aud", visit.service)
        && is(&claims, "/grant_type", kind)
}

/// Returns true for the name and secret of the application, those of the admin user, and a refresh token as the password.
fn is_known_password(visit: &Visit<'_>, user: &str, word: &str) -> bool {
    if user == TOKEN_USER {
        return is_own_token(visit, word, "refresh_token");
    }
    // The admin user has the registry's name (docs: container-registry-authentication).
    if let Some(passwords) = visit.passwords
        && visit.registry["properties"]["adminUserEnabled"] == true
        && is(visit.registry, "/name", user)
    {
        return passwords.iter().any(|known| known == word);
    }
    let identity = visit.identity;
    user.eq_ignore_ascii_case(&identity.client_id) && word == identity.client_secret
}

/// Returns true if the credentials of a `Basic` header are known. `pair` is `USER:PASSWORD` in base64.
fn is_known_login(visit: &Visit<'_>, pair: &str) -> bool {
    let Ok(bytes) = BASE64.decode(pair.trim()) else {
        return false;
    };
    match String::from_utf8(bytes)
        .as_deref()
        .unwrap_or_default()
        .split_once(':')
    {
        Some((user, password)) => is_known_password(visit, user, password),
        None => false,
    }
}

/// Returns true if the registry accepts Entra tokens for `audience`. It accepts ARM's audiences unless its policy
/// forbids it (docs: container-registry-disable-authentication-as-arm).
fn is_accepted_audience(visit: &Visit<'_>, audience: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    let policy = "/properties/policies/azureADAuthenticationAsArmPolicy/status";
    let arm = ARM_AUDIENCES.contains(&audience) && !is(visit.registry, policy, "disabled");
    arm || audience.eq_ignore_ascii_case(AUDIENCE)
}

/// Returns a form field, empty if it is absent.
fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    let found = form.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}
