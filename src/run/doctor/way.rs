//! The way to a registry whose view is known: its login server, its other hosts, and its tokens.

use std::time::Duration;

use super::request::DoctorRequest;
use crate::azure::ArmClient;
use crate::doctor::{EndpointFacts, LoginFacts, Observations, own_hosts};
use crate::model::{ErrorCode, Failure, is_host_name};
use crate::probe::Probes;

/// Longest time of signing in for a token of the registry.
const SIGN_IN: Duration = Duration::from_secs(8);

/// Goes the way to the login server, unless that was done, and then the ways that begin there.
pub(super) async fn go(
    request: &DoctorRequest,
    client: Option<&ArmClient>,
    probes: &Probes,
    facts: &mut Observations,
) {
    let host = login_server(client, facts);
    let docker = probes.docker(&host);
    let login_server = async {
        match &facts.login_server {
            Some(known) => known.clone(),
            None => probes.login_server(&host).await,
        }
    };
    let (docker, login_server) = futures::join!(docker, login_server);
    facts.docker = docker;
    facts.login_server = Some(login_server.clone());
    // Behind a refusal there is nothing more to see.
    if facts.answer().is_none_or(|answer| answer.status != 401) {
        return;
    }
    let hosts = other_hosts(facts);
    let others = futures::future::join_all(hosts.iter().map(|host| probes.other_host(host)));
    let login = login(request, client, probes, &login_server);
    let (others, login) = futures::join!(others, login);
    facts.other_endpoints = others;
    facts.login = login;
}

/// Returns the login server: as it was given, as Azure shows it, or else what the cloud makes of the name, as `az acr
/// check-health` does.
fn login_server(client: Option<&ArmClient>, facts: &Observations) -> String {
    if let Some(host) = facts.host() {
        return host;
    }
    if let Some(reading) = facts.reading()
        && is_host_name(&reading.registry.login_server)
    {
        return reading.registry.login_server.to_ascii_lowercase();
    }
    let suffix = client.map_or("azurecr.io", |client| client.cloud().registry_suffix());
    let name = facts.name.registry.rsplit('/').next().unwrap_or_default();
    format!("{}.{suffix}", name.to_ascii_lowercase())
}

fn other_hosts(facts: &Observations) -> Vec<String> {
    let Some(reading) = facts.reading() else {
        return Vec::new();
    };
    let mut hosts = own_hosts(&reading.registry);
    hosts.retain(|host| !host.eq_ignore_ascii_case(&reading.registry.login_server));
    hosts
}

async fn login(
    request: &DoctorRequest,
    client: Option<&ArmClient>,
    probes: &Probes,
    endpoint: &EndpointFacts,
) -> LoginFacts {
    let mut facts = LoginFacts::default();
    let token = match client {
        Some(client) => probes.wait(SIGN_IN, client.registry_token()).await,
        None => return facts,
    };
    let token = match token {
        Some(Ok(token)) => token,
        Some(Err(error)) => {
            facts.no_credential = Some(error.into());
            return facts;
        }
        None => {
            let message = "no token of Entra in time".to_owned();
            facts.no_credential = Some(Failure::new(ErrorCode::Timeout, message));
            return facts;
        }
    };
    let (answer, refresh_token) = probes.exchange(endpoint, &token).await;
    facts.exchange = Some(answer);
    if let (Some(refresh_token), Some(repository)) = (refresh_token, &request.repository) {
        facts.access = Some(probes.access(endpoint, &refresh_token, repository).await);
    }
    facts
}
