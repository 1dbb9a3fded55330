//! Docker on this machine: its client, its daemon, its logins and its proxies. Secrets stay in here.

mod config;
mod daemon;
mod store;
mod version;

use super::dial::tunnel;
use super::program::run;
use super::proxy::for_host;
use crate::doctor::{ConnectionAttempt, DockerFacts, DockerProxy, Tunnel, Via};
use crate::probe::probes::Probes;
use config::Config;
use daemon::FileProxy;
use version::version_of;

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
    let answer = match tunnel(probes, &proxy, host, &[], &mut seen).await {
        Some((answer, _)) => answer,
        None => Tunnel::Closed,
    };
    Some(DockerProxy {
        set_by: proxy.set_by,
        url: proxy.url,
        tunnel: Some(answer),
        of_daemon: true,
    })
}
