//! Access tokens: JWTs signed with a key that lives as long as the process.
//!
//! HS256 keeps the start fast. Clients must treat access tokens as opaque (Microsoft identity platform, "access
//! tokens"), so only the sandbox verifies them.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// Signs and checks tokens.
pub(crate) struct Signer {
    key: hmac::Key,
}

/// Claims that the sandbox reads from a token.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    /// Audience.
    pub(crate) aud: String,
    /// Issuer.
    pub(crate) iss: String,
    /// Time of expiry, in seconds since 1970.
    pub(crate) exp: i64,
    /// Tenant.
    pub(crate) tid: String,
    /// Client id of the application.
    pub(crate) appid: String,
}

/// Error of a token that this process did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;

impl Signer {
    /// Makes a signer with a new key.
    pub(crate) fn new() -> Self {
        // Two v4 UUIDs carry 244 random bits, enough for a key that never leaves the process.
        let mut secret = Uuid::new_v4().into_bytes().to_vec();
        secret.extend(Uuid::new_v4().into_bytes());
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret),
        }
    }

    /// Makes a token for `audience` in the shape of Entra's v1 tokens, which ARM accepts. `now` is in seconds since 1970
    /// and `lifetime` in seconds.
    pub(crate) fn mint(
        &self,
        tenant: &str,
        client: &str,
        audience: &str,
        now: i64,
        lifetime: i64,
    ) -> String {
        // The application stands for itself, so its id is subject and object id too.
        let claims = json!({
            "aud": audience, "iss": issuer(tenant), "iat": now, "nbf": now, "exp": now + lifetime,
            "appid": client, "appidacr": "1", "idtyp": "app", "oid": client, "sub": client,
            "tid": tenant, "uti": Uuid::new_v4().simple().to_string(), "ver": "1.0",
        });
        self.sign(&claims)
    }

    /// Signs claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let head = encode(&json!({"typ": "JWT", "alg": "HS256"}));
        let signed = format!("{head}.{}", encode(claims));
        let tag = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(tag.as_ref()))
    }

    /// Reads a token of [`Signer::mint`]. The caller checks its times.
    pub(crate) fn read(&self, token: &str) -> Result<Claims, InvalidToken> {
        self.claims(token)
    }

    /// Reads the claims of a token that this process signed.
    pub(crate) fn claims<T: DeserializeOwned>(&self, token: &str) -> Result<T, InvalidToken> {
        self.verified(token).ok_or(InvalidToken)
    }

    fn verified<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (signed, tag) = token.rsplit_once('.')?;
        let tag = BASE64.decode(tag).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &tag).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
    }
}

/// Returns the issuer that Entra writes into tokens for ARM.
pub(crate) fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

fn encode(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_tokens_are_accepted_and_others_refused() {
        let signer = Signer::new();
        let token = signer.mint("t", "c", "https://management.azure.com", 100, 60);
        let claims = signer.read(&token).unwrap();
        assert_eq!(
            (claims.tid.as_str(), claims.appid.as_str(), claims.exp),
            ("t", "c", 160)
        );
        assert!(Signer::new().read(&token).is_err());
        let (head, rest) = token.split_once('.').unwrap();
        let (_, tag) = rest.split_once('.').unwrap();
        let forged = format!("{head}.{}.{tag}", encode(&json!({"aud": "x", "tid": "evil"})));
        for bad in [
            "",
            "a",
            "a.b",
            "a.b.c",
            forged.as_str(),
            &format!("{head}.{rest}x"),
        ] {
            assert_eq!(signer.read(bad).unwrap_err(), InvalidToken, "{bad}");
        }
    }
}
