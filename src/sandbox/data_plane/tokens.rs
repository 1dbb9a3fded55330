//! The registry's own tokens: an Entra token is exchanged for a refresh token, that for an access token.
//!
//! Source: Azure/acr, docs/AAD-OAuth.md.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::visit::{Visit, challenge, unauthorized};
use crate::sandbox::entra::access_token::InvalidToken;
use crate::sandbox::entra::bearer::ARM_AUDIENCES;
use crate::sandbox::protocol::json::is;
use crate::sandbox::protocol::request::pairs;
use crate::sandbox::protocol::response::{Answer, Answered};

/// The audience that registries take even where they refuse ARM's.
const AUDIENCE: &str = "https://containerregistry.azure.net";
/// Seconds (Azure/acr AAD-OAuth.md: refresh tokens 3 hours, access tokens 75 minutes).
const REFRESH_LIFETIME: i64 = 3 * 3600;
const ACCESS_LIFETIME: i64 = 75 * 60;
/// What `az acr login` gives docker as the user name.
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// Whether the request carries an access token of this registry.
pub(crate) fn is_signed_in(visit: &Visit<'_>) -> bool {
    let header = visit.request.header("authorization").unwrap_or_default();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            own(visit, token.trim(), "access_token").is_ok()
        }
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            basic(pair).is_some_and(|(user, word)| knows(visit, &user, &word))
        }
        _ => false,
    }
}

/// `POST /oauth2/exchange`: an Entra token for a refresh token.
pub(crate) fn exchange(visit: &Visit<'_>) -> Answered {
    let form = pairs(&visit.request.body);
    let grants = ["access_token", "access_token_refresh_token"];
    if !grants.contains(&field(&form, "grant_type")) || !for_here(visit, &form) {
        return Err(unauthorized());
    }
    let token = field(&form, "access_token");
    let claims = visit.identity.signer.read(token).map_err(|_| unauthorized())?;
    if claims.exp <= Timestamp::now().as_second() || !audience_is_taken(visit, &claims.aud) {
        return Err(unauthorized());
    }
    let token = mint(visit, "refresh_token", REFRESH_LIFETIME, json!([]));
    Ok(Answer::ok(json!({ "refresh_token": token })))
}

/// `POST /oauth2/token`: a refresh token, or a name and password, for an access token.
pub(crate) fn token(visit: &Visit<'_>) -> Answered {
    let form = pairs(&visit.request.body);
    let proven = match field(&form, "grant_type") {
        "refresh_token" => own(visit, field(&form, "refresh_token"), "refresh_token").is_ok(),
        "password" => knows(visit, field(&form, "username"), field(&form, "password")),
        _ => false,
    };
    if !proven || !for_here(visit, &form) {
        return Err(unauthorized());
    }
    Ok(access(visit, field(&form, "scope")))
}

/// `GET /oauth2/token`, as docker asks: with name and password, or with nothing for what is public.
pub(crate) fn docker_token(visit: &Visit<'_>) -> Answered {
    let header = visit.request.header("authorization").unwrap_or_default();
    let known = match header.split_once(' ') {
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            basic(pair).is_some_and(|(user, word)| knows(visit, &user, &word))
        }
        _ => header.is_empty() && visit.registry["properties"]["anonymousPullEnabled"] == true,
    };
    if !known || !for_here(visit, &visit.request.query) {
        return Err(challenge(visit));
    }
    Ok(access(visit, visit.request.query("scope").unwrap_or_default()))
}

/// An access token for what `scope` asks: `repository:NAME:ACTION,ACTION`, several with spaces between.
fn access(visit: &Visit<'_>, scope: &str) -> Answer {
    let entry = |part: &str| {
        let (kind, rest) = part.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let actions: Vec<&str> = actions.split(',').collect();
        Some(json!({"type": kind, "name": name, "actions": actions}))
    };
    let entries: Vec<Value> = scope.split(' ').filter_map(entry).collect();
    let token = mint(visit, "access_token", ACCESS_LIFETIME, json!(entries));
    Answer::ok(json!({ "access_token": token }))
}

fn mint(visit: &Visit<'_>, kind: &str, lifetime: i64, access: Value) -> String {
    let now = Timestamp::now().as_second();
    visit.identity.signer.sign(&json!({
        "jti": uuid::Uuid::new_v4().to_string(), "sub": visit.identity.client_id, "nbf": now, "iat": now,
        "exp": now + lifetime, "iss": "Azure Container Registry", "aud": visit.service, "version": "1.0",
        "grant_type": kind, "tenant": visit.identity.tenant_id, "access": access, "roles": [],
    }))
}

/// A token of this registry, of this kind, still valid.
fn own(visit: &Visit<'_>, token: &str, kind: &str) -> Result<(), InvalidToken> {
    let claims = visit.identity.signer.claims(token)?;
    let valid = claims["exp"].as_i64() > Some(Timestamp::now().as_second());
    let here = is(&claims, "/aud", visit.service) && is(&claims, "/grant_type", kind);
    (valid && here).then_some(()).ok_or(InvalidToken)
}

/// A name and a password: the application's, or a refresh token.
fn knows(visit: &Visit<'_>, user: &str, word: &str) -> bool {
    if user == TOKEN_USER {
        return own(visit, word, "refresh_token").is_ok();
    }
    let identity = visit.identity;
    user.eq_ignore_ascii_case(&identity.client_id) && word == identity.client_secret
}

fn basic(pair: &str) -> Option<(String, String)> {
    let pair = String::from_utf8(BASE64.decode(pair.trim()).ok()?).ok()?;
    let (user, word) = pair.split_once(':')?;
    Some((user.to_owned(), word.to_owned()))
}

/// Whether `service` names this registry; a request may leave it out.
fn for_here(visit: &Visit<'_>, form: &[(String, String)]) -> bool {
    let service = field(form, "service");
    service.is_empty() || service.eq_ignore_ascii_case(visit.service)
}

/// ARM's audiences count unless the registry's policy says otherwise (docs: container-registry-disable-
/// authentication-as-arm).
fn audience_is_taken(visit: &Visit<'_>, audience: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    let policy = "/properties/policies/azureADAuthenticationAsArmPolicy/status";
    let arm = ARM_AUDIENCES.contains(&audience) && !is(visit.registry, policy, "disabled");
    arm || audience.eq_ignore_ascii_case(AUDIENCE)
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    let found = form.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value.as_str())
}
