//! Asks registries whether this machine gets in, as far as a run needs it: by the same probe as the doctor.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;

use super::base;
use super::patience::Patience;
use super::probes::{ProbeOptions, Probes, Variables};
use crate::doctor::{BaseAnswer, EndpointFacts, NoAnswer};
use crate::live::{Probe, ProgressEvent, ProgressFn};
use crate::model::{RegistryId, is_host_name};

/// Client that asks registries as a container client would, with `GET https://{loginServer}/v2/`.
#[derive(Clone, Debug, Default)]
pub struct Prober {
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Address of every login server, instead of the one that its name resolves to. The sandbox needs it.
    pub at: Option<SocketAddr>,
    /// Variables of the process, which may name a proxy.
    pub variables: Variables,
}

/// Longest time of one try.
const LONGEST: Duration = Duration::from_secs(10);
/// The waits between tries where a service asks to come back, or is not well: a single such answer tells nothing.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

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

    /// Asks one registry. An answer that tells nothing, such as 503, is asked for again.
    pub async fn probe(&self, login_server: &str) -> Probe {
        for pause in PAUSES {
            let (probe, is_transient) = self.try_once(login_server).await;
            if !is_transient {
                return probe;
            }
            tokio::time::sleep(pause).await;
        }
        self.ask(login_server).await
    }

    /// Asks one registry once.
    pub async fn ask(&self, login_server: &str) -> Probe {
        self.try_once(login_server).await.0
    }

    /// Asks one registry once. Returns true with an answer that another try may change.
    async fn try_once(&self, login_server: &str) -> (Probe, bool) {
        // The name comes from a service and goes into a request.
        if !is_host_name(login_server) {
            let reason = "its login server is not a host name".to_owned();
            return (Probe::Unknown(reason), false);
        }
        let probes = Probes::new(ProbeOptions {
            // A sandbox is never reached through a proxy.
            variables: match self.at {
                Some(_) => Variables::new(),
                None => self.variables.clone(),
            },
            ca_pem: self.ca_pem.clone(),
            dns_server: None,
            connect_to: self.at,
            patience: Patience::of(LONGEST),
        });
        let endpoint = base::login_server(&probes, login_server).await;
        (answer_of(&endpoint), is_transient(&endpoint))
    }
}

/// Reads what the way to a login server says of this machine.
fn answer_of(endpoint: &EndpointFacts) -> Probe {
    let connection = endpoint.connection.as_ref();
    match connection.and_then(|connection| connection.answer.as_ref()) {
        Some(Ok(answer)) => judged(answer),
        Some(Err(error)) => Probe::Unknown(format!("no answer: {}", error.in_words())),
        None => {
            let why = endpoint.failure().unwrap_or_default();
            Probe::Unknown(format!("it cannot be reached: {why}"))
        }
    }
}

/// Returns true for an answer that another try may change.
fn is_transient(endpoint: &EndpointFacts) -> bool {
    let connection = endpoint.connection.as_ref();
    match connection.and_then(|connection| connection.answer.as_ref()) {
        Some(Ok(answer)) => matches!(answer.status, 429 | 500 | 502 | 503 | 504),
        Some(Err(error)) => *error == NoAnswer::Closed,
        None => false,
    }
}

fn judged(answer: &BaseAnswer) -> Probe {
    // The firewall answers before authentication does.
    match (answer.status, answer.denied_range()) {
        (200, _) if answer.has_version => Probe::Admitted,
        (401, _) if answer.challenge.is_some() => Probe::Admitted,
        // Something on the way, such as a proxy that wants a login.
        (200 | 401, _) => Probe::Unknown(format!(
            "it answers {}, and not as a registry does: another server answers",
            answer.status
        )),
        (403, Some(address)) => Probe::Denied(address),
        (403, None) => Probe::Unknown("it answers 403 and names no IPv4 address".to_owned()),
        (status, _) => Probe::Unknown(format!("it answers {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_host_names_are_probed() {
        let prober = Prober {
            at: Some("127.0.0.1:1".parse().unwrap()),
            ..Prober::default()
        };
        for name in [
            "",
            "contoso.azurecr.io@evil.example",
            "contoso.azurecr.io:8443",
            "evil.example/?",
            "[::1]",
        ] {
            let answer = prober.probe(name).await;
            assert_eq!(
                answer,
                Probe::Unknown("its login server is not a host name".to_owned()),
                "{name}"
            );
        }
    }

    /// The server hangs up once all connections are there. Sequential probes would wait in vain.
    #[tokio::test]
    async fn registries_are_probed_in_parallel_and_failures_name_causes() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let prober = Prober {
            at: Some(server.local_addr().unwrap()),
            ..Prober::default()
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
            assert!(reason.contains(": ") && !reason.contains("in time"), "{reason}");
        }
    }
}
