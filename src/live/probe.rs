//! The address that this machine shows to a registry, and whether it gets in.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::model::Cidr;

/// What a registry says to a request without credentials. Its firewall answers before authentication
/// (docs: container-registry-troubleshoot-access).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// 401: the request got past the firewall. The answer does not say from which address.
    Admitted,
    /// 403 with the address that the registry saw (recorded in many issues, e.g. docker/login-action#705).
    Denied(Cidr),
    /// Neither: the reason.
    Unknown(String),
}

/// Asks registries as a client would, with `GET https://{loginServer}/v2/`.
#[derive(Clone, Debug, Default)]
pub struct Prober {
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Where every login server is, instead of where its name leads: the sandbox.
    pub at: Option<SocketAddr>,
}

const TIMEOUT: Duration = Duration::from_secs(10);
/// A denial has a few hundred bytes.
const MOST: usize = 64 * 1024;

impl Prober {
    /// Asks one registry.
    pub async fn probe(&self, login_server: &str) -> Probe {
        match self.ask(login_server).await {
            Ok((401, _)) => Probe::Admitted,
            Ok((403, body)) => denied(&body).map_or_else(
                || Probe::Unknown("it was answered with 403 that names no address".to_owned()),
                Probe::Denied,
            ),
            Ok((status, _)) => Probe::Unknown(format!("it was answered with {status}")),
            Err(error) => Probe::Unknown(error.without_url().to_string()),
        }
    }

    async fn ask(&self, login_server: &str) -> Result<(u16, String), reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("ringfence/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &self.ca_pem {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        let mut url = format!("https://{login_server}/v2/");
        if let Some(at) = self.at {
            builder = builder.no_proxy().resolve(login_server, at);
            url = format!("https://{login_server}:{}/v2/", at.port());
        }
        let mut answer = builder.build()?.get(url).send().await?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                break;
            }
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// The address in `client with IP '203.0.113.7' is not allowed access`.
fn denied(body: &str) -> Option<Cidr> {
    let body: Value = serde_json::from_str(body).ok()?;
    let message = body["errors"]
        .as_array()?
        .iter()
        .find_map(|error| error["message"].as_str())?;
    let (_, rest) = message.split_once("client with IP '")?;
    rest.split_once('\'')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies as users quoted them.
    #[test]
    fn the_address_is_the_one_that_the_registry_names() {
        let rows = [
            // docker/login-action#705
            (
                r#"{"errors":[{"code":"DENIED","message":"client with IP '20.249.167.56' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}]}"#,
                Some("20.249.167.56"),
            ),
            // The quote may arrive as an escape.
            (
                r#"{"errors":[{"code":"DENIED","message":"client with IP \u002720.1.2.3\u0027 is not allowed access."}]}"#,
                Some("20.1.2.3"),
            ),
            (
                r#"{"errors":[{"code":"DENIED","message":"access denied"}]}"#,
                None,
            ),
            (r#"{"errors":[]}"#, None),
            ("<html>", None),
        ];
        for (body, want) in rows {
            assert_eq!(
                denied(body).map(|cidr| cidr.to_string()).as_deref(),
                want,
                "{body}"
            );
        }
    }
}
