//! Endpoints as values. The JSON form is `ringfence.endpoints/1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Failure, RegistryId};

/// Name of the JSON format.
pub const FORMAT: &str = "ringfence.endpoints/1";

/// The hosts that clients of some registries connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// Always `ringfence.endpoints/1`.
    pub format: String,
    /// The TCP port of every host.
    pub port: u16,
    /// In the order of their ids.
    pub registries: Vec<RegistryEndpoints>,
    /// Hosts that are the same for every registry.
    pub shared: Vec<Host>,
    /// Tags of Azure that have the addresses of these hosts, and of much else.
    pub service_tags: Vec<ServiceTag>,
    /// Registries that could not be read.
    pub failures: Vec<UnreadRegistry>,
}

/// The hosts of one registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryEndpoints {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The regions that the registry is in, the first one its home.
    pub regions: Vec<String>,
    pub hosts: Vec<Host>,
    /// The reason why the regions of the replicas are not known. Hosts of these regions may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_replicas: Option<Failure>,
    /// What a reader of the hosts should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A host, and what clients do there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Host {
    /// A host name. `*.` in front stands for every name below.
    pub name: String,
    pub purpose: Purpose,
}

/// What clients do at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Clients sign in to the registry, push, and read manifests.
    LoginServer,
    /// Clients do the same in one region.
    Regional,
    /// Clients read the blobs of images.
    Data,
    /// Clients read the certificate that all registries share.
    Certificates,
    /// Clients get a token of Microsoft Entra.
    SignIn,
}

/// A service tag of Azure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServiceTag {
    pub name: String,
    /// The hosts whose addresses it has.
    pub purpose: Vec<Purpose>,
    /// What else it lets clients reach.
    pub reaches: String,
}

/// A registry that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadRegistry {
    /// Absent if the account sees no registry of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub id: Option<RegistryId>,
    pub name: String,
    pub error: Failure,
}

impl Purpose {
    /// Returns what the host is for, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::LoginServer => "login server: sign-in, push, manifests",
            Self::Regional => "the same in one region",
            Self::Data => "blobs of images",
            Self::Certificates => "certificate of all registries",
            Self::SignIn => "tokens of Microsoft Entra",
        }
    }
}

impl Endpoints {
    /// Says which service tags there are, for people.
    pub fn about_tags(&self) -> String {
        let tags: Vec<&str> = self.service_tags.iter().map(|tag| &*tag.name).collect();
        let tags = tags.join(", ");
        format!(
            "service tags for firewalls without host names: {tags}; each reaches more than these hosts"
        )
    }

    /// Returns the first reason why the hosts are not all that clients need.
    pub fn unread(&self) -> Option<Failure> {
        let first = self.failures.first().map(|unread| unread.error.clone());
        first.or_else(|| {
            let registry = self
                .registries
                .iter()
                .find(|found| found.unread_replicas.is_some())?;
            let failure = registry.unread_replicas.as_ref()?;
            let message = format!(
                "the replicas of {} cannot be read, so hosts of their regions may be missing: {}",
                registry.id.name(),
                failure.message
            );
            Some(Failure {
                message,
                ..failure.clone()
            })
        })
    }

    /// Returns the names of all hosts, each once, those of the registries first.
    pub fn host_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let hosts = self.registries.iter().flat_map(|registry| &registry.hosts);
        for host in hosts.chain(&self.shared) {
            if !names.contains(&&*host.name) {
                names.push(&*host.name);
            }
        }
        names
    }
}
