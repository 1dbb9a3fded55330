//! Live: what Azure said, and what it did not show.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Failure, RegistryId, Rule, Setting, Settings, SubnetId};

/// What was read for all registries of a run. A registry that could not be read is a failure of its own.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub registries: BTreeMap<RegistryId, Result<Reading, Failure>>,
}

/// Everything read for one registry, with the fewest requests that the question needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub registry: LiveRegistry,
    /// Subnets whose state can matter to the change.
    pub subnets: BTreeMap<SubnetId, LiveSubnet>,
    /// Registration state of `Microsoft.ContainerRegistry`, by subscription in lower case.
    pub registrations: BTreeMap<String, String>,
    /// `listUsages`, where it was asked for.
    pub usages: Option<Usages>,
    /// Whether this cloud has service endpoints for registries at all.
    pub service_endpoints_supported: bool,
}

impl Reading {
    /// The registry alone, in a cloud with service endpoints.
    pub fn of(registry: LiveRegistry) -> Self {
        Self {
            registry,
            subnets: BTreeMap::new(),
            registrations: BTreeMap::new(),
            usages: None,
            service_endpoints_supported: true,
        }
    }
}

/// A view of a registry as one api-version shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRegistry {
    pub id: RegistryId,
    pub api_version: String,
    pub location: String,
    pub sku: String,
    pub provisioning_state: String,
    pub login_server: String,
    /// The settings that the api-version shows; an unknown word is kept.
    pub settings: Settings,
    /// Private endpoint connections in any state.
    pub private_endpoint_connections: usize,
    /// `policies.exportPolicy.status`.
    pub export_policy: Option<String>,
    pub last_modified: Option<LastModified>,
    /// The body as it came.
    pub body: Value,
}

impl LiveRegistry {
    /// Returns true if the registry is Premium, the one SKU with network rules.
    pub fn is_premium(&self) -> bool {
        self.sku.eq_ignore_ascii_case("Premium")
    }

    /// Returns true if there may be subnet rules that the api-version does not show.
    pub fn hides_subnet_rules(&self) -> bool {
        self.settings.rules(Setting::VirtualNetworkRules).is_none()
    }
}

/// The two spellings of a subnet rule's id on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubnetIdKey {
    Id,
    VirtualNetworkSubnetResourceId,
}

/// Who changed the registry last, from `systemData`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastModified {
    pub by: String,
    pub by_type: String,
    pub at: String,
}

/// A subnet as the Network provider shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveSubnet {
    Present(PresentSubnet),
    /// Not there, or not readable: the reason.
    Unreadable(Failure),
}

/// A subnet that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentSubnet {
    pub api_version: String,
    pub etag: Option<String>,
    /// Whether `serviceEndpoints` lists `Microsoft.ContainerRegistry` and a rule can rest on it.
    pub has_endpoint: bool,
    /// Whether it is listed, and Azure is still at work on it.
    pub endpoint_pending: bool,
    /// `delegations[].properties.serviceName`.
    pub delegations: Vec<String>,
    /// The body as it came; a write sends it back with the endpoint added.
    pub body: Value,
}

/// Quotas from `listUsages`; every name is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usages {
    pub ip_rules: Option<Quota>,
    pub subnet_rules: Option<Quota>,
}

/// One quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    pub current: u64,
}

impl SubnetIdKey {
    /// The JSON key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::VirtualNetworkSubnetResourceId => "virtualNetworkSubnetResourceId",
        }
    }

    /// Returns the spelling in which a list of subnet rules was read; `None` where no rule was read.
    pub fn shown(rules: &[Rule]) -> Option<Self> {
        let body = rules.first()?.body()?;
        let long = Self::VirtualNetworkSubnetResourceId;
        match body.get(long.as_str()) {
            Some(id) if !id.is_null() => Some(long),
            _ => Some(Self::Id),
        }
    }

    /// The other spelling.
    pub fn other(self) -> Self {
        match self {
            Self::Id => Self::VirtualNetworkSubnetResourceId,
            Self::VirtualNetworkSubnetResourceId => Self::Id,
        }
    }
}
