//! Live: what Azure said, and what it did not show.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Cidr, Failure, RegistryId, SubnetId};

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
    /// ARM's own string; an unknown value is kept. `None` where the api-version has no such field.
    pub public_network_access: Option<String>,
    pub default_action: Option<String>,
    pub ip_rules: Vec<LiveIpRule>,
    pub subnet_rules: SubnetRules,
    pub network_rule_bypass_options: Option<String>,
    pub network_rule_bypass_allowed_for_tasks: Option<bool>,
    pub data_endpoint_enabled: Option<bool>,
    /// Private endpoint connections in any state.
    pub private_endpoint_connections: usize,
    /// `policies.exportPolicy.status`.
    pub export_policy: Option<String>,
    pub last_modified: Option<LastModified>,
    /// The body as it came.
    pub body: Value,
}

/// One element of `networkRuleSet.ipRules`.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveIpRule {
    /// As ARM spells it.
    pub value: String,
    /// `None` when it is no IPv4 range, which no known version accepts but a later one may.
    pub cidr: Option<Cidr>,
    /// The element as it came.
    pub body: Value,
}

/// `networkRuleSet.virtualNetworkRules`, which some api-versions hide.
#[derive(Clone, Debug, PartialEq)]
pub enum SubnetRules {
    Shown(Vec<LiveSubnetRule>),
    /// A Premium registry whose answer lacks the key: there may be rules, this api-version does not say.
    Hidden,
    /// Basic and Standard registries have no `networkRuleSet`.
    Unsupported,
}

impl SubnetRules {
    /// The ids as ARM spells them; `None` where the api-version hides them.
    pub fn values(&self) -> Option<Vec<String>> {
        match self {
            Self::Shown(rules) => Some(rules.iter().map(|rule| rule.value.clone()).collect()),
            Self::Unsupported => Some(Vec::new()),
            Self::Hidden => None,
        }
    }
}

/// One element of `networkRuleSet.virtualNetworkRules`.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveSubnetRule {
    /// As ARM spells it.
    pub value: String,
    /// `None` when it is no subnet id.
    pub id: Option<SubnetId>,
    pub key: SubnetIdKey,
    /// The element as it came.
    pub body: Value,
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

    /// The other spelling.
    pub fn other(self) -> Self {
        match self {
            Self::Id => Self::VirtualNetworkSubnetResourceId,
            Self::VirtualNetworkSubnetResourceId => Self::Id,
        }
    }
}
