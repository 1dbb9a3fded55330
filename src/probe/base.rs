//! `GET /v2/`: the firewall of a registry answers it before anything else does.

use hyper::header::{HeaderMap, WWW_AUTHENTICATE};
use serde_json::Value;

use super::dial;
use super::http::{HttpAnswer, get};
use super::probes::Probes;
use crate::doctor::{BaseAnswer, Challenge, EndpointFacts};
use crate::live::denied_address;

/// The header of registries (Docker Registry HTTP API V2, "API Version Check").
const VERSION: &str = "docker-distribution-api-version";

/// Goes the way to a login server, and asks it for `/v2/`.
pub(super) async fn login_server(probes: &Probes, host: &str) -> EndpointFacts {
    let (mut endpoint, stream) = dial::endpoint(probes, host).await;
    if let Some(stream) = stream
        && let Some(connection) = &mut endpoint.connection
    {
        let answer = get(probes, host, "/v2/", stream).await;
        connection.answer = Some(answer.map(|answer| read(&answer)));
    }
    endpoint
}

fn read(answer: &HttpAnswer) -> BaseAnswer {
    let body = String::from_utf8_lossy(&answer.body);
    BaseAnswer {
        status: answer.status,
        has_version: answer.headers.contains_key(VERSION),
        from_registry: is_registry_error(&body),
        denied: match answer.status {
            403 => denied_address(&body),
            _ => None,
        },
        challenge: challenge(&answer.headers),
    }
}

/// Returns true for an error in the registry's form (Docker Registry HTTP API V2, "Errors").
fn is_registry_error(body: &str) -> bool {
    let body: Option<Value> = serde_json::from_str(body).ok();
    body.is_some_and(|body| body["errors"][0]["code"].is_string())
}

/// Reads `Bearer realm="…",service="…"`.
fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let value = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    value
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("bearer "))?;
    Some(Challenge {
        realm: quoted(value, "realm")?,
        service: quoted(value, "service")?,
    })
}

fn quoted(value: &str, name: &str) -> Option<String> {
    let (_, rest) = value.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_that_of_a_bearer() {
        for (value, want) in [
            (
                r#"Bearer realm="https://c.azurecr.io/oauth2/token",service="c.azurecr.io""#,
                Some("c.azurecr.io"),
            ),
            (r#"Basic realm="proxy""#, None),
            ("", None),
            ("Bearer é", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());
            let found = challenge(&headers).map(|challenge| challenge.service);
            assert_eq!(found.as_deref(), want, "{value}");
        }
    }
}
