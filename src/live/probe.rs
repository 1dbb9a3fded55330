//! The address that this machine shows to a registry, and the registry's answer to it.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;

use super::progress::{ProgressEvent, ProgressFn};
use crate::model::{Cidr, RegistryId};

/// Answer of a registry to a request without credentials. Its firewall answers before authentication
/// (docs: container-registry-troubleshoot-access).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// 401, or 200: the request got past the firewall. The answer does not name the source address.
    Admitted,
    /// 403 with the address that the registry saw (recorded in many issues, e.g. docker/login-action#705).
    Denied(Cidr),
    /// Neither, with the reason.
    Unknown(String),
}

/// Client that asks registries as a container client would, with `GET https://{loginServer}/v2/`.
#[derive(Clone, Debug, Default)]
pub struct Prober {
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Address of every login server, instead of the one that its name resolves to. The sandbox needs it.
    pub at: Option<SocketAddr>,
}

const TIMEOUT: Duration = Duration::from_secs(10);

/// Bound on an answer, in bytes. A denial has a few hundred.
const MAX_ANSWER: usize = 64 * 1024;

impl Prober {
    /// Asks the login server of each registry, `parallel` at a time.
    pub async fn probe_all<'a>(
        &self,
        servers: impl IntoIterator<Item = (&'a RegistryId, &'a str)>,
        parallel: usize,
        say: ProgressFn<'_>,
    ) -> BTreeMap<RegistryId, Probe> {
        let servers: Vec<_> = servers.into_iter().collect();
        say(ProgressEvent::Begun {
            task: "probing",
            registries: servers.len(),
        });
        let probes = servers.into_iter().map(|(registry, server)| async move {
            say(ProgressEvent::Doing {
                registry,
                activity: "asking whether this machine gets in",
            });
            let answer = self.probe(server).await;
            say(ProgressEvent::Ended { registry });
            (registry.clone(), answer)
        });
        futures::stream::iter(probes)
            .buffer_unordered(parallel.max(1))
            .collect()
            .await
    }

    /// Asks one registry.
    pub async fn probe(&self, login_server: &str) -> Probe {
        if !is_host(login_server) {
            return Probe::Unknown("its login server is not a host name".to_owned());
        }
        // The firewall answers before authentication does.
        match self.ask(login_server).await {
            Ok((200 | 401, _)) => Probe::Admitted,
            Ok((403, body)) => match denied_address(&body) {
                Some(address) => Probe::Denied(address),
                None => Probe::Unknown("it answers 403 and names no IPv4 address".to_owned()),
            },
            Ok((status, _)) => Probe::Unknown(format!("it answers {status}")),
            Err(error) => Probe::Unknown(with_causes(&error.without_url())),
        }
    }

    /// Returns status and body of the answer.
    async fn ask(&self, login_server: &str) -> Result<(u16, String), reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("ringfence/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &self.ca_pem {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        let mut url = format!("https://{login_server}/v2/");
        // The sandbox serves every login server on one address.
        if let Some(at) = self.at {
            builder = builder.no_proxy().resolve(login_server, at);
            url = format!("https://{login_server}:{}/v2/", at.port());
        }
        let mut answer = builder.build()?.get(url).send().await?;
        let status = answer.status().as_u16();
        // A server that sends without end must not fill the memory.
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                break;
            }
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// Returns true for a plain host name. The name comes from a service and goes into a URL, where `@`, `/` or `:` would
/// lead elsewhere.
fn is_host(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

/// Joins an error and its causes: the outermost alone says only that a request failed.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

/// Reads the address in `client with IP '203.0.113.7' is not allowed access`.
pub fn denied_address(body: &str) -> Option<Cidr> {
    let body: Value = serde_json::from_str(body).ok()?;
    let errors = body["errors"].as_array()?;
    let message = errors.iter().find_map(|error| error["message"].as_str())?;
    // The address stands in the text only.
    let (_, rest) = message.split_once("client with IP '")?;
    let (address, _) = rest.split_once('\'')?;
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bodies as users quoted them.
    #[test]
    fn denied_address_is_read_from_the_body() {
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
                denied_address(body).map(|cidr| cidr.to_string()).as_deref(),
                want,
                "{body}"
            );
        }
    }

    #[test]
    fn only_host_names_are_probed() {
        let rows = [
            ("contoso.azurecr.io", true),
            ("contoso-a1b2.azurecr.io", true),
            ("", false),
            ("contoso.azurecr.io@evil.example", false),
            ("contoso.azurecr.io:8443", false),
            ("evil.example/?", false),
            ("[::1]", false),
        ];
        for (name, want) in rows {
            assert_eq!(is_host(name), want, "{name}");
        }
    }

    /// The server hangs up once all connections are there. Sequential probes would wait in vain.
    #[tokio::test]
    async fn registries_are_probed_in_parallel_and_failures_name_causes() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let prober = Prober {
            ca_pem: None,
            at: Some(server.local_addr().unwrap()),
        };
        let ids =
            ["contoso", "fabrikam", "tailspin"].map(|name| RegistryId::new("s", "rg", name).unwrap());
        let servers = ids.iter().map(|id| (id, "contoso.azurecr.io"));
        let accept = async {
            let mut all = Vec::new();
            for _ in &ids {
                all.push(server.accept().await.unwrap());
            }
        };
        let (answers, ()) = futures::join!(prober.probe_all(servers, 3, &|_| ()), accept);
        assert_eq!(answers.len(), 3);
        for answer in answers.values() {
            let Probe::Unknown(reason) = answer else {
                panic!("{answer:?}")
            };
            assert!(reason.contains(": ") && !reason.contains("timed out"), "{reason}");
        }
    }
}
