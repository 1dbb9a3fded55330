//! Authentication of ARM requests by bearer token.

use axum::http::StatusCode;
use jiff::Timestamp;

use super::access_token::{self, Claims};
use super::audiences::{self, ARM_AUDIENCES};
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// Returns the claims of the caller's token.
///
/// # Errors
///
/// ARM's 401 if the token is missing, not one of ours, expired, or for another audience.
pub(crate) fn authenticate(identity: &Identity, request: &Request) -> Result<Claims, Answer> {
    let header = request.header("authorization").unwrap_or_default();
    // ARM has different answers for a missing header, another scheme, and a foreign token.
    if header.is_empty() {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(unauthorized(identity, request, "AuthenticationFailed", message));
    }
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        let message =
            "Authentication failed. The 'Authorization' header is provided in an invalid format.";
        return Err(unauthorized(
            identity,
            request,
            "AuthenticationFailedInvalidHeader",
            message,
        ));
    }
    let Ok(claims) = identity.signer.read(token.trim()) else {
        return Err(unauthorized(
            identity,
            request,
            "InvalidAuthenticationToken",
            "The access token is invalid.",
        ));
    };
    check_time(identity, &claims, request)?;
    check_audience(identity, &claims, request)?;
    Ok(claims)
}

fn check_time(identity: &Identity, claims: &Claims, request: &Request) -> Result<(), Answer> {
    if claims.exp > Timestamp::now().as_second() {
        return Ok(());
    }
    Err(expired_at(claims.exp, request, &identity.tenant_id))
}

/// Returns ARM's 401 for a token that expired a second ago.
pub(crate) fn expired(request: &Request) -> Answer {
    expired_at(Timestamp::now().as_second() - 1, request, "common")
}

fn expired_at(expiry: i64, request: &Request, tenant: &str) -> Answer {
    let expiry = match Timestamp::from_second(expiry) {
        Ok(time) => american(time),
        Err(_) => String::new(),
    };
    let message = format!(
        "The access token expiry UTC time '{expiry}' is earlier than current UTC time '{}'.",
        american(Timestamp::now())
    );
    challenge(&request.base, tenant, "ExpiredAuthenticationToken", &message)
}

/// Writes a time as ARM does in this message, such as `9/10/2026 6:48:16 AM`.
fn american(time: Timestamp) -> String {
    time.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

fn check_audience(identity: &Identity, claims: &Claims, request: &Request) -> Result<(), Answer> {
    if audiences::is_arm(identity, &claims.aud, request) {
        return Ok(());
    }
    let message = format!(
        "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the allowed audiences '{}'.",
        claims.aud,
        ARM_AUDIENCES[..2].join("','")
    );
    Err(unauthorized(
        identity,
        request,
        "InvalidAuthenticationTokenAudience",
        &message,
    ))
}

/// Refuses an unknown subscription, and a token of another tenant than the subscription's.
pub(crate) fn check_tenant(
    store: &Store,
    claims: &Claims,
    subscription: &str,
    request: &Request,
) -> Result<(), Answer> {
    let Some(known) = store.subscription(subscription) else {
        return Err(errors::subscription_not_found(subscription));
    };
    // The challenge names the right tenant, with which clients sign in again.
    if known.tenant.eq_ignore_ascii_case(&claims.tid) {
        return Ok(());
    }
    let message = format!(
        "The access token is from the wrong issuer '{}'. It must match the tenant '{}' associated with this subscription. Please use the authority (URL) '{}/{}' to get the token.",
        claims.iss,
        access_token::issuer(&known.tenant),
        request.base,
        known.tenant
    );
    Err(challenge(
        &request.base,
        &known.tenant,
        "InvalidAuthenticationTokenTenant",
        &message,
    ))
}

fn unauthorized(identity: &Identity, request: &Request, code: &str, message: &str) -> Answer {
    challenge(&request.base, &identity.tenant_id, code, message)
}

/// Returns ARM's 401. Code and envelope are general knowledge; no recording.
fn challenge(base: &str, tenant: &str, code: &str, message: &str) -> Answer {
    let value = format!(
        "Bearer authorization_uri=\"{base}/{tenant}\", error=\"invalid_token\", error_description=\"{message}\""
    );
    errors::gateway(StatusCode::UNAUTHORIZED, code, message).with("www-authenticate", &value)
}
