//! What was seen, for remedies.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::doctor::facts::registry_of;
use crate::explain::Facts;
use crate::live::Reading;
use crate::model::{PublicNetworkAccess, valid_registry_name};

/// What was seen, for remedies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'r> {
    /// The login server.
    pub(crate) host: Option<String>,
    /// The registry, if it was read.
    pub(crate) reading: Option<&'r Reading>,
    /// The client's address as the registry saw it.
    pub(crate) address: Option<IpAddr>,
    /// Time of the run.
    pub(crate) now: Timestamp,
}

impl Known<'_> {
    /// Returns the login server, or a word that the reader replaces.
    pub(super) fn host(&self) -> &str {
        self.host.as_deref().unwrap_or("REGISTRY.azurecr.io")
    }

    /// Returns the name of the registry, which commands take. A host can have more in front of its domain.
    pub(super) fn name(&self) -> &str {
        if let Some(reading) = self.reading {
            return reading.registry.id.name();
        }
        let name = self.host.as_deref().map_or("", registry_of);
        match valid_registry_name(name) {
            true => name,
            false => "REGISTRY",
        }
    }

    /// Returns the flag that leads a command to the cloud of the host. Those of the public cloud need none.
    pub(super) fn cloud_flag(&self) -> &'static str {
        match self.host() {
            host if host.ends_with(".azurecr.us") => " --cloud usgov",
            host if host.ends_with(".azurecr.cn") => " --cloud china",
            _ => "",
        }
    }

    /// Returns the name of the host's cloud for `az cloud set` (azure-cli-core 2.91). The public cloud is the default.
    pub(super) fn az_cloud(&self) -> Option<&'static str> {
        match self.host() {
            host if host.ends_with(".azurecr.us") => Some("AzureUSGovernment"),
            host if host.ends_with(".azurecr.cn") => Some("AzureChinaCloud"),
            _ => None,
        }
    }

    /// Returns true if public network access is disabled, so that no rule counts.
    pub(super) fn is_disabled(&self) -> bool {
        let access = self.reading.map(|reading| Facts::live(reading).access);
        access.is_some_and(|access| access.public_network_access == Some(PublicNetworkAccess::Disabled))
    }
}
