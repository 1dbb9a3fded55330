//! Probes: they look at the way from this machine to a registry, as a container client goes it, and report facts.
//!
//! A probe that fails is a fact, so no function here returns an error. Each probe has a time limit, and all of them together
//! end within half a minute.

mod az;
mod base;
mod dial;
mod dns;
mod docker;
mod http;
mod patience;
mod prober;
mod probes;
mod program;
mod proxy;
mod socks;
mod stream;
mod tls;
mod tokens;

use std::time::Duration;

use crate::doctor::{AccessToken, AzCli, DockerFacts, EndpointFacts, Lookup, TokenAnswer};
pub use patience::Patience;
pub use prober::Prober;
pub use probes::{ProbeOptions, Probes, Variables};

impl Probes {
    /// Waits for work of somebody else, no longer than `longest` and not beyond the end of all probes.
    pub async fn wait<T>(&self, longest: Duration, work: impl Future<Output = T>) -> Option<T> {
        self.patience.wait(longest, work).await
    }

    /// Looks a host up.
    pub async fn lookup(&self, host: &str) -> Lookup {
        dns::lookup(self, host).await
    }

    /// Goes the way to a login server, and asks it for `/v2/`.
    pub async fn login_server(&self, host: &str) -> EndpointFacts {
        base::login_server(self, host).await
    }

    /// Goes the way to another host of a registry, up to TLS.
    pub async fn other_host(&self, host: &str) -> EndpointFacts {
        let (endpoint, _) = dial::endpoint(self, host).await;
        endpoint
    }

    /// Exchanges a token of Entra for one of the registry.
    pub async fn exchange(
        &self,
        endpoint: &EndpointFacts,
        token: &str,
    ) -> (TokenAnswer, Option<String>) {
        tokens::exchange(self, endpoint, token).await
    }

    /// Asks for an access token for a repository.
    pub async fn access(
        &self,
        endpoint: &EndpointFacts,
        refresh_token: &str,
        repository: &str,
    ) -> AccessToken {
        tokens::access(self, endpoint, refresh_token, repository).await
    }

    /// Looks at Docker on this machine, and at the login that it keeps for a host.
    pub async fn docker(&self, host: &str) -> DockerFacts {
        docker::docker(self, host).await
    }

    /// Looks at the Azure CLI on this machine.
    pub async fn az(&self) -> AzCli {
        az::az(self).await
    }
}
