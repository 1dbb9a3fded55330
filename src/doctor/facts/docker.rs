//! Docker and the Azure CLI on this machine.

use jiff::Timestamp;

use super::endpoint::Tunnel;

/// Docker on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DockerFacts {
    pub client: DockerClient,
    pub daemon: DockerDaemon,
    /// The login that Docker's configuration keeps for the registry.
    pub stored: Option<StoredLogin>,
    /// The program that keeps Docker's logins, if one is configured.
    pub credential_store: Option<String>,
    /// The configuration that cannot be read, with the reason.
    pub unreadable: Option<String>,
    /// The proxies that the daemon's and the client's files set.
    pub proxies: Vec<DockerProxy>,
}

/// The Docker client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DockerClient {
    #[default]
    NotAsked,
    NotFound,
    Version(String),
    /// Another program under this name, such as Podman, whose versions mean something else.
    Other(String),
    /// Nothing is known of it, with the reason.
    Unknown(String),
}

/// The Docker daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DockerDaemon {
    #[default]
    NotAsked,
    Running,
    NotRunning,
    /// It may run, and this user may not use it.
    NotAllowed,
}

/// A login that Docker keeps, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLogin {
    pub user: Option<String>,
    /// True if it is a token of a registry, which `az acr login` stores.
    pub is_token: bool,
    /// The end of the token.
    pub expires: Option<Timestamp>,
}

/// A proxy that a file of Docker sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerProxy {
    /// The file.
    pub set_by: String,
    /// URL without its credentials.
    pub url: String,
    /// The proxy's answer to CONNECT, if it was probed.
    pub tunnel: Option<Tunnel>,
    /// True if the daemon uses it, which pulls and logs in.
    pub of_daemon: bool,
}

/// The Azure CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AzCli {
    NotAsked,
    NotFound,
    SignedIn,
    NotSignedIn,
    Failed(String),
}
