//! Rules about this machine: the name that was given, Docker, and the Azure CLI.

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{LX1, LX2, LX3, LX4, NC1, NO_DOCKER_ACCESS};
use crate::doctor::facts::{AzCli, DockerClient, DockerDaemon, Observations, Via};
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{High, Medium};

/// The rule about the name, which comes before all others.
pub(super) const NAME: &[CauseRule] = &[CauseRule {
    cause: LX3,
    find: name_form,
    steps: &[Step::Name],
}];

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: LX1,
        find: docker_client,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: LX2,
        find: docker_daemon,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: NO_DOCKER_ACCESS,
        find: docker_daemon_refuses,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: NC1,
        find: daemon_without_proxy,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: LX4,
        find: az_cli,
        steps: &[Step::AzureCli],
    },
];

/// The oldest version that `az acr login` works with (docs: container-registry-troubleshoot-login).
const OLDEST_DOCKER: (u32, u32) = (18, 3);

fn name_form(facts: &Observations) -> Option<Evidence> {
    let name = &facts.name;
    let what = match (name.has_upper_case, name.has_extras) {
        (false, false) => return None,
        (true, _) => "it has upper-case letters",
        (false, true) => "it has a scheme or a port",
    };
    // Azure takes a name of its own in any case; Docker takes no host in upper case.
    let found = match name.is_host {
        true => Evidence::cause(Medium),
        false => Evidence::note(),
    };
    Some(found.fact("name", &name.written).fact("form", what))
}

fn docker_client(facts: &Observations) -> Option<Evidence> {
    match &facts.docker.client {
        // Of another program, or of one that does not answer, nothing is known.
        DockerClient::NotAsked | DockerClient::Other(_) | DockerClient::Unknown(_) => None,
        DockerClient::NotFound => Some(Evidence::note().fact("docker", "not found on this machine")),
        DockerClient::Version(version) => {
            let old = version_of(version).is_some_and(|version| version < OLDEST_DOCKER);
            old.then(|| Evidence::cause(High).fact("version of the client", version))
        }
    }
}

/// Reads the first two numbers of a version.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn docker_daemon(facts: &Observations) -> Option<Evidence> {
    let stopped = facts.docker.daemon == DockerDaemon::NotRunning;
    stopped.then(|| {
        Evidence::cause(Medium).fact("docker version", "the client gets no answer of the daemon")
    })
}

fn docker_daemon_refuses(facts: &Observations) -> Option<Evidence> {
    let refused = facts.docker.daemon == DockerDaemon::NotAllowed;
    refused.then(|| {
        Evidence::cause(Medium).fact(
            "docker version",
            "this user may not connect to the daemon's socket",
        )
    })
}

/// Finds a daemon that knows nothing of the proxy that this client uses.
fn daemon_without_proxy(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    let known = facts.docker.proxies.iter().any(|proxy| proxy.of_daemon);
    let Via::Proxy { .. } = connection.via else {
        return None;
    };
    if known || facts.docker.daemon != DockerDaemon::Running {
        return None;
    }
    let found = Evidence::note().fact("proxy of this client", connection.via.in_words());
    Some(
        found
            .fact(
                "proxy of the Docker daemon",
                "none in its files that can be read here",
            )
            .remedy("set the proxy for the daemon too, and restart it: `sudo systemctl restart docker`"),
    )
}

fn az_cli(facts: &Observations) -> Option<Evidence> {
    (facts.az == AzCli::NotSignedIn).then(|| Evidence::note().fact("az account show", "not signed in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_docker_are_compared_by_number() {
        for (text, old) in [
            ("17.12.1-ce", true),
            ("18.02.0", true),
            ("18.03.0-ce", false),
            ("29.1.3", false),
        ] {
            assert_eq!(version_of(text).unwrap() < OLDEST_DOCKER, old, "{text}");
        }
        assert_eq!(version_of("unknown"), None);
    }
}
