//! Docker on this machine: its client, its daemon, its logins and its proxies. Secrets stay in here.

mod config;
mod daemon;
mod store;

use serde_json::Value;

use super::dial::tunnel;
use super::program::{Ran, run};
use super::proxy::{ProxyKind, for_host};
use crate::doctor::{
    ConnectionAttempt, DockerClient, DockerDaemon, DockerFacts, DockerProxy, Tunnel, Via,
};
use crate::probe::probes::Probes;
use config::Config;
use daemon::FileProxy;

/// Looks at Docker, and at the login that it keeps for a host.
pub(super) async fn docker(probes: &Probes, host: &str) -> DockerFacts {
    let config = Config::read(&probes.variables);
    let mut facts = DockerFacts {
        unreadable: config.unreadable.clone(),
        credential_store: config.store_of(host).map(str::to_owned),
        ..DockerFacts::default()
    };
    let (version, stored, proxies) = futures::join!(
        run(probes, "docker", &["version", "--format", "{{json .}}"], ""),
        store::stored_login(probes, &config, host),
        proxies(probes, &config, host),
    );
    (facts.client, facts.daemon) = version_of(version);
    facts.stored = stored;
    facts.proxies = proxies;
    facts
}

/// Reads `docker version --format '{{json .}}'`: without a daemon, it ends with 1 and has no `Server`.
fn version_of(ran: Ran) -> (DockerClient, DockerDaemon) {
    let output = match ran {
        Ran::NotFound => return (DockerClient::NotFound, DockerDaemon::NotAsked),
        Ran::Failed(reason) => return (DockerClient::Failed(reason), DockerDaemon::NotAsked),
        Ran::Done(output) => output,
    };
    let versions: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let Some(client) = versions["Client"]["Version"].as_str() else {
        let reason = "`docker version` says nothing that can be read".to_owned();
        return (DockerClient::Failed(reason), DockerDaemon::NotAsked);
    };
    let daemon = match (versions["Server"].is_object(), output.status.success()) {
        (true, _) => DockerDaemon::Running,
        (false, false) => DockerDaemon::NotRunning,
        // A client that is content without a daemon is another program, with versions of its own.
        (false, true) => {
            let reason = format!("`docker` is another program than Docker, version {client}");
            return (DockerClient::Failed(reason), DockerDaemon::NotAsked);
        }
    };
    (DockerClient::Version(client.to_owned()), daemon)
}

/// Collects the proxies of Docker's files, and asks those of the daemon for a tunnel.
async fn proxies(probes: &Probes, config: &Config, host: &str) -> Vec<DockerProxy> {
    let mut found = Vec::new();
    for set in daemon::proxies(&probes.variables) {
        found.extend(asked(probes, &set, host).await);
    }
    for set in &config.proxies {
        if let Some(proxy) = for_host(&set.url, &set.without, host, &set.file) {
            found.push(DockerProxy {
                set_by: proxy.set_by,
                url: proxy.url,
                tunnel: None,
                of_daemon: false,
            });
        }
    }
    found
}

async fn asked(probes: &Probes, set: &FileProxy, host: &str) -> Option<DockerProxy> {
    let proxy = for_host(&set.url, &set.without, host, &set.file)?;
    let mut seen = ConnectionAttempt {
        via: Via::Direct,
        tcp: Vec::new(),
        tunnel: None,
        tls: None,
        answer: None,
    };
    let answer = match proxy.kind {
        ProxyKind::Other => Tunnel::NotProbed,
        ProxyKind::Http | ProxyKind::Https => match tunnel(probes, &proxy, host, &mut seen).await {
            Some((answer, _)) => answer,
            None => Tunnel::Closed,
        },
    };
    Some(DockerProxy {
        set_by: proxy.set_by,
        url: proxy.url,
        tunnel: Some(answer),
        of_daemon: true,
    })
}
