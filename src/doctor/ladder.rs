//! The ladder: each step of a client on its way to the registry, and whether it holds.

use super::facts::{
    AzCli, BaseAnswer, ConnectionAttempt, DockerClient, DockerDaemon, DockerFacts, EndpointFacts,
    LookupOutcome, Observations, PrivateEndpoints, RegistryView, TcpOutcome, TlsOutcome, TokenAnswer,
    Tunnel,
};
use super::private_names::own_hosts;
use super::steps::{Step, steps, unread};
use super::types::RungStatus::{Failed, Passed, Skipped};
use super::types::{Fact, Rung, RungStatus};
use crate::explain;
use crate::live::Reading;

const UNREADABLE: &str = "the token cannot be read";

/// Returns the steps, in their order.
pub(super) fn ladder(facts: &Observations) -> Vec<Rung> {
    let mut rungs = vec![name(facts), registry(facts)];
    // A question about a client elsewhere has nothing to do with this machine's way.
    if facts.surroundings.is_about_others() {
        rungs.extend(steps(facts));
        return rungs;
    }
    rungs.extend(way(facts));
    rungs.push(layers(facts));
    rungs.extend([
        exchange(facts),
        access(facts),
        docker(&facts.docker),
        az(&facts.az),
    ]);
    rungs.extend(steps(facts));
    rungs
}

fn status_of(holds: bool) -> RungStatus {
    if holds { Passed } else { Failed }
}

fn name(facts: &Observations) -> Rung {
    let name = &facts.name;
    let holds = !name.is_host || !name.has_upper_case && !name.has_extras;
    let shown = match name.is_host {
        true => &name.written,
        false => name.registry.rsplit('/').next().unwrap_or(&name.registry),
    };
    Rung::new(Step::Name, status_of(holds), shown)
}

fn registry(facts: &Observations) -> Rung {
    match &facts.registry {
        RegistryView::NotAsked => Rung::new(Step::Registry, Skipped, "Azure was not asked"),
        RegistryView::Unread(failure) => unread(Step::Registry, failure)
            .with(failure.help.iter().map(|help| Fact::new("to do", help))),
        RegistryView::Read(reading) => shown(facts, reading),
    }
}

fn shown(facts: &Observations, reading: &Reading) -> Rung {
    let registry = &reading.registry;
    let mode = explain::Facts::live(reading).access.mode_in_words();
    let result = format!("{}, {mode}", registry.sku);
    let properties = &registry.body["properties"];
    let mut shown = vec![
        Fact::new("id", registry.id.as_str()),
        Fact::new("provisioning state", &registry.provisioning_state),
        Fact::new(
            "private endpoint connections",
            PrivateEndpoints::of(facts).in_words(),
        ),
    ];
    // The settings that decide about other clients, by ARM's own names.
    for key in [
        "publicNetworkAccess",
        "networkRuleBypassOptions",
        "networkRuleBypassAllowedForTasks",
        "dataEndpointEnabled",
        "anonymousPullEnabled",
        "roleAssignmentMode",
    ] {
        match &properties[key] {
            serde_json::Value::Null => {}
            serde_json::Value::String(word) => shown.push(Fact::new(key, word)),
            other => shown.push(Fact::new(key, other.to_string())),
        }
    }
    for (name, policy) in properties["policies"].as_object().into_iter().flatten() {
        if let Some(status) = policy["status"].as_str() {
            shown.push(Fact::new(name, status));
        }
    }
    for (subscription, state) in &reading.registrations {
        shown.push(Fact::new(format!("registration in {subscription}"), state));
    }
    Rung::new(Step::Registry, Passed, result).with(shown)
}

/// Returns the steps to the login server.
fn way(facts: &Observations) -> Vec<Rung> {
    let Some(endpoint) = &facts.login_server else {
        return vec![Rung::new(
            Step::Dns,
            Skipped,
            "the name of the login server is not known",
        )];
    };
    let mut rungs = vec![dns(endpoint)];
    match &endpoint.connection {
        Some(connection) => rungs.extend([
            proxy(connection),
            tcp(connection),
            tls(connection),
            answer(connection, facts.is_of_azure(&endpoint.host)),
        ]),
        None => {
            for step in [Step::Proxy, Step::Tcp, Step::Tls, Step::Answer] {
                rungs.push(Rung::new(step, Skipped, "not reached"));
            }
        }
    }
    rungs
}

fn dns(endpoint: &EndpointFacts) -> Rung {
    let lookup = &endpoint.lookup;
    let answered = lookup.outcome == LookupOutcome::Answered;
    let proxied = endpoint
        .connection
        .as_ref()
        .is_some_and(ConnectionAttempt::has_proxy);
    let status = match (answered, proxied) {
        _ if lookup.outcome == LookupOutcome::NotAsked => Skipped,
        (true, _) => Passed,
        // The proxy looks the name up itself.
        (false, true) => Skipped,
        (false, false) => Failed,
    };
    let result = match answered {
        true => lookup.addresses_in_words(),
        false => lookup.outcome.in_words(),
    };
    let mut seen = vec![Fact::new("host", &endpoint.host)];
    if !lookup.aliases.is_empty() {
        seen.push(Fact::new("alias of", lookup.aliases.join(", ")));
    }
    if !lookup.servers.is_empty() {
        seen.push(Fact::new("DNS servers", lookup.servers.join(", ")));
    }
    Rung::new(Step::Dns, status, result).with(seen)
}

fn proxy(connection: &ConnectionAttempt) -> Rung {
    if !connection.has_proxy() {
        return Rung::new(Step::Proxy, Skipped, "none for this host");
    }
    let via = connection.via.in_words();
    match connection.tunnel {
        None => Rung::new(Step::Proxy, status_of(connection.is_connected()), via),
        Some(tunnel) => {
            let result = format!("{via}: {}", tunnel.in_words());
            Rung::new(Step::Proxy, status_of(tunnel == Tunnel::Open), result)
        }
    }
}

fn tcp(connection: &ConnectionAttempt) -> Rung {
    let first = connection
        .tcp
        .iter()
        .find(|(_, outcome)| *outcome == TcpOutcome::Connected);
    match first {
        Some((address, _)) => Rung::new(Step::Tcp, Passed, format!("connected to {address}")),
        None if connection.tcp.is_empty() => Rung::new(Step::Tcp, Skipped, "not reached"),
        None => Rung::new(Step::Tcp, Failed, connection.tcp_in_words()),
    }
}

fn tls(connection: &ConnectionAttempt) -> Rung {
    let Some(tls) = &connection.tls else {
        return Rung::new(Step::Tls, Skipped, "not reached");
    };
    let issuer = tls.issuer.as_deref().map(|issuer| Fact::new("issuer", issuer));
    let result = match (&tls.outcome, &tls.issuer) {
        (TlsOutcome::Done, Some(issuer)) => format!("trusted, issued by {issuer}"),
        (outcome, _) => outcome.in_words(),
    };
    Rung::new(Step::Tls, status_of(tls.outcome == TlsOutcome::Done), result).with(issuer)
}

fn answer(connection: &ConnectionAttempt, is_of_azure: bool) -> Rung {
    match &connection.answer {
        // The answer of another server is not judged.
        Some(Ok(answer)) if !is_of_azure => Rung::new(
            Step::Answer,
            Skipped,
            format!("{}, of another server", answer.status),
        ),
        None => Rung::new(Step::Answer, Skipped, "not reached"),
        Some(Err(error)) => Rung::new(Step::Answer, Failed, error.in_words()),
        Some(Ok(answer)) => answered(answer),
    }
}

fn answered(answer: &BaseAnswer) -> Rung {
    let result = match (answer.status, answer.denied) {
        (401, _) if answer.challenge.is_some() => {
            "401: the registry lets this client in and asks for a token".to_owned()
        }
        (401, _) => "401 without a challenge".to_owned(),
        (200, _) if answer.has_version => "200: the registry lets this client in".to_owned(),
        (200, _) => "200 without the header of a registry".to_owned(),
        (403, Some(address)) => format!("403: the registry refuses {address}"),
        (status, _) => status.to_string(),
    };
    let holds = match answer.status {
        200 => answer.has_version,
        401 => answer.challenge.is_some(),
        _ => false,
    };
    let mut seen = vec![Fact::new("status", answer.status.to_string())];
    if let Some(challenge) = &answer.challenge {
        seen.push(Fact::new("realm", &challenge.realm));
        seen.push(Fact::new("service", &challenge.service));
    }
    Rung::new(Step::Answer, status_of(holds), result).with(seen)
}

/// Returns the step to the hosts beside the login server.
fn layers(facts: &Observations) -> Rung {
    let (mut seen, mut broken) = (Vec::new(), 0);
    for endpoint in &facts.other_endpoints {
        let failure = endpoint.failure();
        broken += usize::from(failure.is_some());
        let addresses = endpoint.lookup.addresses_in_words();
        seen.push(Fact::new(&endpoint.host, failure.unwrap_or(addresses)));
    }
    match (facts.other_endpoints.len(), broken) {
        (0, _) if facts.reading().is_none() => {
            Rung::new(Step::OtherHosts, Skipped, "not known: the registry was not read")
        }
        (0, _) if has_other_hosts(facts) => Rung::new(Step::OtherHosts, Skipped, "not reached"),
        (0, _) => Rung::new(Step::OtherHosts, Skipped, "the registry lists none of its own"),
        (all, 0) => Rung::new(Step::OtherHosts, Passed, format!("{all} reached")).with(seen),
        (all, broken) => {
            Rung::new(Step::OtherHosts, Failed, format!("{broken} of {all} not reached")).with(seen)
        }
    }
}

/// Returns true if the registry lists hosts beside its login server.
fn has_other_hosts(facts: &Observations) -> bool {
    let Some(reading) = facts.reading() else {
        return false;
    };
    own_hosts(&reading.registry)
        .iter()
        .any(|host| !facts.is_login_server(host))
}

fn exchange(facts: &Observations) -> Rung {
    match (&facts.login.exchange, &facts.login.no_credential) {
        (Some(TokenAnswer::Given), _) => {
            Rung::new(Step::SignIn, Passed, "the registry gives this identity a token")
        }
        (Some(TokenAnswer::Refused(status)), _) => Rung::new(
            Step::SignIn,
            Failed,
            format!("{status}: the registry gives this identity no token"),
        ),
        (Some(TokenAnswer::Failed(reason)), _) => Rung::new(Step::SignIn, Failed, reason),
        (Some(TokenAnswer::Unreadable), _) => Rung::new(Step::SignIn, Skipped, UNREADABLE),
        (None, Some(failure)) => Rung::new(Step::SignIn, Skipped, &failure.message),
        (None, None) if facts.login.withheld => Rung::new(
            Step::SignIn,
            Skipped,
            "no token is sent to this host: it is not a registry of this cloud, or its challenge leads elsewhere",
        ),
        (None, None) => Rung::new(Step::SignIn, Skipped, "not reached"),
    }
}

fn access(facts: &Observations) -> Rung {
    let Some(access) = &facts.login.access else {
        return Rung::new(Step::Repository, Skipped, "none was asked for, or not reached");
    };
    let (status, result) = match &access.answer {
        TokenAnswer::Given if access.missing().is_empty() => (Passed, access.actions.join(", ")),
        TokenAnswer::Given => {
            let result = format!("not allowed: {}", access.missing().join(", "));
            (status_of(!access.actions.is_empty()), result)
        }
        TokenAnswer::Refused(status) => (Failed, status.to_string()),
        TokenAnswer::Failed(reason) => (Failed, reason.clone()),
        TokenAnswer::Unreadable => (Skipped, UNREADABLE.to_owned()),
    };
    Rung::new(
        Step::Repository,
        status,
        format!("{}: {result}", access.repository),
    )
}

fn docker(docker: &DockerFacts) -> Rung {
    let (status, result) = match (&docker.client, &docker.daemon) {
        (DockerClient::NotAsked, _) => (Skipped, "not asked".to_owned()),
        (DockerClient::NotFound, _) => (Skipped, "not found on this machine".to_owned()),
        (DockerClient::Unknown(reason), _) => (Skipped, reason.clone()),
        (DockerClient::Other(version), _) => (
            Skipped,
            format!("`docker` is another program than Docker, version {version}"),
        ),
        (DockerClient::Version(version), DockerDaemon::NotAllowed) => (
            Failed,
            format!("client {version}, and this user may not use the daemon"),
        ),
        (DockerClient::Version(version), DockerDaemon::NotRunning) => {
            (Failed, format!("client {version}, and the daemon does not run"))
        }
        (DockerClient::Version(version), _) => (Passed, format!("client {version}")),
    };
    let mut seen = Vec::new();
    if let Some(stored) = &docker.stored {
        let user = stored.user.as_deref().unwrap_or("not shown");
        seen.push(Fact::new("user of the stored login", user));
        if let Some(end) = stored.expires {
            seen.push(Fact::new("end of the stored token", end.to_string()));
        }
    }
    for (name, value) in [
        ("credential store", &docker.credential_store),
        ("configuration that cannot be read", &docker.unreadable),
    ] {
        if let Some(value) = value {
            seen.push(Fact::new(name, value));
        }
    }
    for proxy in &docker.proxies {
        seen.push(Fact::new(format!("proxy in {}", proxy.set_by), &proxy.url));
    }
    Rung::new(Step::Docker, status, result).with(seen)
}

fn az(az: &AzCli) -> Rung {
    let (status, result) = match az {
        AzCli::NotAsked => (Skipped, "not asked"),
        AzCli::NotFound => (Skipped, "not found on this machine"),
        AzCli::SignedIn => (Passed, "signed in"),
        AzCli::NotSignedIn => (Skipped, "not signed in"),
        AzCli::Failed(reason) => (Skipped, reason.as_str()),
    };
    Rung::new(Step::AzureCli, status, result)
}
