//! The login that Docker keeps for a host, in its file or in a credential store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::config::Config;
use crate::doctor::StoredLogin;
use crate::probe::probes::Probes;
use crate::probe::program::{Ran, run};
use crate::probe::tokens::claims;

/// Returns the login for a host, without its secret.
pub(super) async fn stored_login(probes: &Probes, config: &Config, host: &str) -> Option<StoredLogin> {
    match config.store_of(host) {
        Some(store) if is_name(store) => from_store(probes, store, host).await,
        Some(_) => None,
        None => from_file(config.entry(host)?),
    }
}

/// Returns true for the name of a store: it becomes a part of the name of a program.
fn is_name(store: &str) -> bool {
    store
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Asks the store as Docker does before a pull: the host on stdin, and the login as JSON on stdout.
async fn from_store(probes: &Probes, store: &str, host: &str) -> Option<StoredLogin> {
    let program = format!("docker-credential-{store}");
    let Ran::Done(output) = run(probes, &program, &["get"], host).await else {
        return None;
    };
    let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
    Some(login(answer["Username"].as_str(), answer["Secret"].as_str()?))
}

fn from_file(entry: &Value) -> Option<StoredLogin> {
    let pair = entry["auth"].as_str().and_then(|pair| STANDARD.decode(pair).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    let (user, password) = match pair.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((user, password)) => (Some(user), password),
        None => (None, ""),
    };
    // A token stands beside the user, and then there is no password.
    for key in ["identitytoken", "registrytoken"] {
        if let Some(token) = entry[key].as_str().filter(|token| !token.is_empty()) {
            return Some(login(user, token));
        }
    }
    (user.is_some() || !password.is_empty()).then(|| login(user, password))
}

fn login(user: Option<&str>, secret: &str) -> StoredLogin {
    let claims = claims(secret);
    let end = claims.as_ref().and_then(|claims| claims["exp"].as_f64());
    StoredLogin {
        // The credential protocol of Docker writes `<token>` where there is no user.
        user: user
            .filter(|user| !user.is_empty() && *user != "<token>")
            .map(str::to_owned),
        is_token: claims.is_some(),
        expires: end.and_then(|end| Timestamp::from_second(end as i64).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    #[test]
    fn token_of_a_file_is_read_without_its_secret() {
        let body = URL_SAFE_NO_PAD.encode(json!({"exp": 1_700_000_000}).to_string());
        let token = format!("e30.{body}.c2ln");
        let pair = STANDARD.encode("00000000-0000-0000-0000-000000000000:");
        let found = from_file(&json!({"auth": pair, "identitytoken": token})).unwrap();
        assert!(found.is_token);
        assert_eq!(found.expires.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(
            found.user.as_deref(),
            Some("00000000-0000-0000-0000-000000000000")
        );
    }

    #[test]
    fn entries_without_a_login_are_none() {
        for entry in [
            json!({}),
            json!({"auth": ""}),
            json!({"auth": 1}),
            json!({"auth": "%%"}),
            json!(null),
        ] {
            assert_eq!(from_file(&entry), None, "{entry}");
        }
        assert!(!is_name("../evil") && !is_name("a/b") && is_name("desktop.exe"));
    }
}
