//! The way to a registry whose view is known: its login server, its other hosts, and its tokens.

use std::time::Duration;

use super::request::DoctorRequest;
use crate::azure::ArmClient;
use crate::doctor::{Challenge, EndpointFacts, LoginFacts, Observations, own_hosts};
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
    let login = login(request, client, probes, &login_server, facts);
    let (others, login) = futures::join!(others, login);
    facts.other_endpoints = others;
    facts.login = login;
}

/// Returns the login server: as it was given, as Azure shows it, or else what the cloud makes of the name, as `az acr
/// check-health` does.
pub(super) fn login_server(client: Option<&ArmClient>, facts: &Observations) -> String {
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
    facts: &Observations,
) -> LoginFacts {
    let mut login = LoginFacts::default();
    let Some(client) = client else {
        return login;
    };
    if !may_see_tokens(client, facts) {
        login.withheld = true;
        return login;
    }
    let token = match probes.wait(SIGN_IN, client.registry_token()).await {
        Some(Ok(token)) => token,
        Some(Err(error)) => {
            login.no_credential = Some(error.into());
            return login;
        }
        None => {
            let message = "no token of Entra in time".to_owned();
            login.no_credential = Some(Failure::new(ErrorCode::Timeout, message));
            return login;
        }
    };
    let (answer, refresh_token) = probes.exchange(endpoint, &token).await;
    login.exchange = Some(answer);
    if let (Some(refresh_token), Some(repository)) = (refresh_token, &request.repository) {
        login.access = Some(probes.access(endpoint, &refresh_token, repository).await);
    }
    login
}

/// Returns true if the host may see a token of Entra. Any host can be named on the command line, so a token goes to the
/// login server that Azure shows, or to a host directly below the domain of this cloud's registries, and only if the
/// challenge leads to that host too.
fn may_see_tokens(client: &ArmClient, facts: &Observations) -> bool {
    let Some(host) = facts.host() else {
        return false;
    };
    let challenge = facts.answer().and_then(|answer| answer.challenge.as_ref());
    if challenge.and_then(Challenge::host).as_deref() != Some(host.as_str()) {
        return false;
    }
    let domain = client.cloud().registry_suffix();
    let below = host
        .split_once('.')
        .is_some_and(|(label, rest)| !label.is_empty() && rest == domain);
    below || facts.is_login_server(&host)
}
