//! The identity that a token stands for, by the claims that name it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Claims that name an identity (Microsoft identity platform, access token claims).
#[derive(Deserialize)]
struct Claims {
    /// Name of a user.
    upn: Option<String>,
    /// Name of a user or guest in tokens without `upn`.
    unique_name: Option<String>,
    /// Client id of an application.
    appid: Option<String>,
    /// Object id of a user or service principal.
    oid: Option<String>,
}

/// Returns the identity of a token for people, such as `user@example.com`. Clients must not rely on the shape of a token,
/// so one that cannot be read has no name. Nothing is decided by it.
pub(crate) fn identity(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    if let Some(user) = claims.upn.or(claims.unique_name) {
        return Some(user);
    }
    match (claims.appid, claims.oid) {
        (Some(app), _) => Some(format!("application {app}")),
        (None, Some(object)) => Some(format!("object {object}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn users_come_before_applications_and_objects() {
        let rows = [
            (
                json!({"upn": "user@example.com", "appid": "cli", "oid": "o"}),
                Some("user@example.com"),
            ),
            (
                json!({"unique_name": "guest@example.com", "appid": "cli"}),
                Some("guest@example.com"),
            ),
            (json!({"appid": "a1", "oid": "o1"}), Some("application a1")),
            (json!({"oid": "o1"}), Some("object o1")),
            (json!({"sub": "s"}), None),
        ];
        for (claims, want) in rows {
            assert_eq!(identity(&token(&claims)).as_deref(), want, "{claims}");
        }
    }

    #[test]
    fn tokens_of_other_shapes_have_no_name() {
        for text in ["", "opaque", "a.b", "a.!.c", "a.e30.c", &token(&json!([1]))] {
            assert_eq!(identity(text), None, "{text}");
        }
    }
}
