//! The answer of `docker version`: which program it is, and whether it reaches its daemon.

use serde_json::Value;

use crate::doctor::{DockerClient, DockerDaemon};
use crate::probe::program::Ran;

/// Keys of the client's part that other programs write and Docker does not: Podman (libpod/define, `Version`), nerdctl
/// (pkg/inspecttypes/dockercompat, `ClientVersion`).
const OF_OTHERS: [&str; 3] = ["APIVersion", "OsArch", "Components"];

/// Words of a refusal by the daemon's socket (moby/moby: client/request.go). Docker gives no code for the case.
const REFUSAL: &str = "permission denied while trying to connect to the docker";

/// Reads `docker version --format '{{json .}}'`: without a daemon, it ends with 1 and has no `Server`.
pub(super) fn version_of(ran: Ran) -> (DockerClient, DockerDaemon) {
    let output = match ran {
        Ran::NotFound => return (DockerClient::NotFound, DockerDaemon::NotAsked),
        Ran::Failed(reason) => return (DockerClient::Unknown(reason), DockerDaemon::NotAsked),
        Ran::Done(output) => output,
    };
    let versions: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let own = &versions["Client"];
    let client = own["Version"].as_str().map(str::to_owned);
    let refused = is_refusal(&output.stderr);
    let Some(client) = client else {
        let reason = match refused {
            true => "this user may not use the daemon",
            false => "`docker version` says nothing that can be read",
        };
        return (DockerClient::Unknown(reason.to_owned()), DockerDaemon::NotAsked);
    };
    let is_other = OF_OTHERS.iter().any(|key| !own[key].is_null());
    let daemon = match (versions["Server"].is_object(), output.status.success()) {
        _ if is_other => return (DockerClient::Other(client), DockerDaemon::NotAsked),
        (true, _) => DockerDaemon::Running,
        (false, false) if refused => DockerDaemon::NotAllowed,
        (false, false) => DockerDaemon::NotRunning,
        // A client that is content without a daemon is another program, with versions of its own.
        (false, true) => return (DockerClient::Other(client), DockerDaemon::NotAsked),
    };
    (DockerClient::Version(client), daemon)
}

fn is_refusal(stderr: &[u8]) -> bool {
    let words = String::from_utf8_lossy(stderr).to_ascii_lowercase();
    words.contains(REFUSAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_program_is_neither_missing_nor_stopped() {
        let reason = "`docker` does not answer in time".to_owned();
        let (client, daemon) = version_of(Ran::Failed(reason.clone()));
        assert_eq!(client, DockerClient::Unknown(reason));
        assert_eq!(daemon, DockerDaemon::NotAsked);
    }
}
