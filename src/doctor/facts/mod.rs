//! Observations: everything that the probes saw of one registry. Probes write them, and rules and the ladder read them.

mod docker;
mod endpoint;
mod login;
mod name;
mod private_endpoints;
mod surroundings;
mod words;

use jiff::Timestamp;

pub use docker::{AzCli, DockerClient, DockerDaemon, DockerFacts, DockerProxy, StoredLogin};
pub(in crate::doctor) use endpoint::is_private;
pub use endpoint::{
    BaseAnswer, Challenge, ConnectionAttempt, EndpointFacts, Lookup, LookupOutcome, NoAnswer,
    TcpOutcome, Tls, TlsOutcome, Tunnel, Via,
};
pub use login::{AccessToken, LoginFacts, TokenAnswer};
pub use name::AskedName;
pub(crate) use name::registry_of;
pub(crate) use private_endpoints::PrivateConnection;
pub use private_endpoints::PrivateEndpoints;
pub use surroundings::{
    AskedCallers, AskedNetwork, AskedService, AskedSubnet, ServiceKind, Surroundings,
};

use crate::live::Reading;
use crate::model::{Failure, is_host_name};

/// Everything that the probes saw of one registry. A probe that did not run left nothing.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Time of the run, for the age of tokens.
    pub now: Timestamp,
    pub name: AskedName,
    /// The registry as Azure Resource Manager shows it.
    pub registry: RegistryView,
    /// True if no registry of the cloud has the name, and false if one has that the account does not see. Asked where the account
    /// sees no such registry.
    pub name_is_free: Option<bool>,
    /// The way to the login server.
    pub login_server: Option<EndpointFacts>,
    /// The ways to the data endpoints and the regional endpoints.
    pub other_endpoints: Vec<EndpointFacts>,
    /// Tokens of the registry for the identity of the run.
    pub login: LoginFacts,
    pub docker: DockerFacts,
    pub az: AzCli,
    /// What stands around the registry, as far as a flag asked for it.
    pub surroundings: Surroundings,
}

/// The registry as Azure Resource Manager shows it.
#[derive(Clone, Debug)]
pub enum RegistryView {
    NotAsked,
    Read(Box<Reading>),
    /// The account cannot see it, or there is none.
    Unread(Failure),
}

impl Observations {
    /// Returns facts that no probe has added to.
    pub fn new(now: Timestamp, name: AskedName) -> Self {
        Self {
            now,
            name,
            registry: RegistryView::NotAsked,
            name_is_free: None,
            login_server: None,
            other_endpoints: Vec::new(),
            login: LoginFacts::default(),
            docker: DockerFacts::default(),
            az: AzCli::NotAsked,
            surroundings: Surroundings::default(),
        }
    }

    /// Returns the host of the login server, as far as it is known: as it was probed, given, or shown by Azure.
    pub fn host(&self) -> Option<String> {
        let probed = self.login_server.as_ref().map(|endpoint| endpoint.host.clone());
        let known = probed.or_else(|| self.name.host.clone());
        if known.is_some() {
            return known;
        }
        let shown = &self.reading()?.registry.login_server;
        // The name comes from a service and goes into commands.
        is_host_name(shown).then(|| shown.to_ascii_lowercase())
    }

    /// Returns the registry as it was read.
    pub fn reading(&self) -> Option<&Reading> {
        match &self.registry {
            RegistryView::Read(reading) => Some(reading),
            RegistryView::NotAsked | RegistryView::Unread(_) => None,
        }
    }

    /// Returns true if Azure shows this host as the login server of the registry.
    pub fn is_login_server(&self, host: &str) -> bool {
        let reading = self.reading();
        reading.is_some_and(|reading| reading.registry.login_server.eq_ignore_ascii_case(host))
    }

    /// Returns true if the host is one of Azure's registries, by its domain or because Azure shows it.
    pub(crate) fn is_of_azure(&self, host: &str) -> bool {
        name::is_below_azure(host) || self.is_login_server(host)
    }

    /// Returns true if the host is not a registry of Azure by its name.
    pub(crate) fn is_foreign(&self) -> bool {
        self.host().is_some_and(|host| !self.is_of_azure(&host))
    }

    /// Returns true if somebody lacks a role at the registry.
    pub fn lacks_role(&self) -> bool {
        let refused = matches!(self.login.exchange, Some(TokenAnswer::Refused(401)));
        let access = self.login.access.as_ref();
        let missing = access.is_some_and(|access| !access.missing().is_empty());
        let service = self.surroundings.service.as_ref();
        let roles = service.and_then(|service| service.roles.as_ref());
        refused || missing || roles.is_some_and(|roles| roles.as_ref().is_ok_and(Vec::is_empty))
    }

    /// Returns true if the registry is in ABAC mode.
    pub fn is_abac(&self) -> bool {
        let Some(reading) = self.reading() else {
            return false;
        };
        let mode = &reading.registry.body["properties"]["roleAssignmentMode"];
        mode == "AbacRepositoryPermissions"
    }

    /// Returns the connection to the login server, if one was tried.
    pub fn connection(&self) -> Option<&ConnectionAttempt> {
        self.login_server.as_ref()?.connection.as_ref()
    }

    /// Returns the answer of the login server to `GET /v2/`, if there was one.
    pub fn answer(&self) -> Option<&BaseAnswer> {
        self.connection()?.answer.as_ref()?.as_ref().ok()
    }
}
