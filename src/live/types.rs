//! Types of live state: what Azure returned, and what it did not show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::model::{Cidr, Failure, JsonText, RegistryId, Rule, Setting, Settings, SubnetId};

/// Live state of all registries of a run. A registry that could not be read is a failure of its own.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub registries: BTreeMap<RegistryId, Result<Reading, Failure>>,
    /// Registries that were read and that the choice of the run leaves out by what they show. The run does not write them.
    pub not_chosen: BTreeMap<RegistryId, Reading>,
}

/// Everything that was read for one registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub registry: LiveRegistry,
    /// Subnets whose state can matter to the change, or to what the spec expects.
    pub subnets: BTreeMap<SubnetId, LiveSubnet>,
    /// Public addresses of the clients of each subnet whose endpoint is about to be turned on, or is off and matters to
    /// what the spec expects, as far as the spec does not have them ([`RegistrySpec::egress`](crate::spec::RegistrySpec)).
    pub egress: BTreeMap<SubnetId, Egress>,
    /// Registration state of `Microsoft.ContainerRegistry`, by subscription in lower case.
    pub registrations: BTreeMap<String, String>,
    /// `listUsages`, if a quota can matter.
    pub usages: Option<Usages>,
    /// True if this cloud has service endpoints for registries at all.
    pub service_endpoints_supported: bool,
    /// Number of artifact cache rules, if they can matter and can be read.
    pub cache_rules: Option<usize>,
    /// True if a list showed the registry, and no read of its own.
    pub is_listed: bool,
    /// Reads that only the judgement needs and that failed, by what they read.
    pub unread: BTreeMap<String, Failure>,
}

impl Reading {
    /// Returns a reading of the registry alone, in a cloud with service endpoints.
    pub fn of(registry: LiveRegistry) -> Self {
        Self {
            registry,
            subnets: BTreeMap::new(),
            egress: BTreeMap::new(),
            registrations: BTreeMap::new(),
            usages: None,
            service_endpoints_supported: true,
            cache_rules: None,
            is_listed: false,
            unread: BTreeMap::new(),
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
    /// Settings that the api-version shows, unknown words included.
    pub settings: Settings,
    /// Private endpoint connections in any state.
    pub private_endpoint_connections: usize,
    /// `policies.exportPolicy.status`.
    pub export_policy: Option<String>,
    pub last_modified: Option<LastModified>,
    /// Every run looks at the tags, and the body of a registry is seldom parsed.
    pub tags: Map<String, Value>,
    /// Private endpoint connections in state `Approved`. Only these admit clients (container-registry-private-link).
    pub approved_private_endpoints: usize,
    /// Names of the private endpoint connections in state `Pending`, which wait for the owner of the registry.
    pub pending_private_endpoints: Vec<String>,
    /// `adminUserEnabled`; false where it is not shown.
    pub admin_user: bool,
    /// `anonymousPullEnabled`; false where it is not shown.
    pub anonymous_pull: bool,
    /// The body as it came, without the lists of rules, which are among the settings.
    pub body: JsonText,
}

impl LiveRegistry {
    /// Returns true if the registry is Premium, the one SKU with network rules.
    pub fn is_premium(&self) -> bool {
        self.sku.eq_ignore_ascii_case("Premium")
    }

    /// Returns true in the middle of another write: Azure answers the next one with 409
    /// (Azure/bicep-ptn-aiml-landing-zone#18).
    pub(crate) fn is_being_written(&self) -> bool {
        // Other states, such as `Failed`, do not say that a write is under way.
        let at_work = ["Creating", "Updating", "Deleting"];
        at_work
            .iter()
            .any(|state| self.provisioning_state.eq_ignore_ascii_case(state))
    }

    /// Returns true if the registry was changed less than this time before `now`, so the change may not be in effect yet.
    pub(crate) fn changed_within(&self, time: Duration, now: Timestamp) -> bool {
        let last = self.last_modified.as_ref();
        let changed: Option<Timestamp> = last.and_then(|last| last.at.parse().ok());
        let ends = changed.and_then(|at| at.saturating_add(time).ok());
        // A time that is not known may be just now.
        ends.is_none_or(|end| end >= now)
    }

    /// Returns true if there may be subnet rules that the api-version does not show.
    pub fn hides_subnet_rules(&self) -> bool {
        self.settings.rules(Setting::VirtualNetworkRules).is_none()
    }
}

/// Key of a subnet rule's id in JSON. ARM uses two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubnetIdKey {
    Id,
    VirtualNetworkSubnetResourceId,
}

/// Last change of the registry, from `systemData`.
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
    /// Missing or not readable, with the reason.
    Unreadable(Failure),
}

/// A subnet that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentSubnet {
    pub api_version: String,
    pub etag: Option<String>,
    /// True if `serviceEndpoints` lists `Microsoft.ContainerRegistry` and a rule can rest on it.
    pub has_endpoint: bool,
    /// True if it is listed and Azure is still turning it on.
    pub endpoint_pending: bool,
    /// `delegations[].properties.serviceName`.
    pub delegations: Vec<String>,
    /// The body as it came. A write sends it back with the endpoint added.
    pub body: Value,
}

/// Delegated subnets whose clients cannot use a service endpoint to a registry: the article supports clients on
/// virtual machines and AKS only (container-registry-vnet); inferred for these services.
const UNSUPPORTED_DELEGATIONS: [&str; 3] = [
    "microsoft.containerinstance",
    "microsoft.web/serverfarms",
    "microsoft.app",
];

impl PresentSubnet {
    /// Returns the delegation to a service whose clients cannot use a service endpoint to a registry.
    pub(crate) fn unsupported_delegation(&self) -> Option<&str> {
        for delegation in &self.delegations {
            let lower = delegation.to_lowercase();
            if UNSUPPORTED_DELEGATIONS.iter().any(|name| lower.starts_with(name)) {
                return Some(delegation);
            }
        }
        None
    }
}

/// Public addresses that the clients of a subnet have while its service endpoint is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Egress {
    /// All addresses of the subnet's NAT gateway.
    Known(BTreeSet<Cidr>),
    Unknown(UnknownEgress),
}

/// The reason why the public addresses of a subnet are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownEgress {
    /// The subnet has no NAT gateway. Its clients may have addresses of their own, or of a load balancer.
    NoNatGateway,
    /// The subnet has a route table, which may send its clients through a firewall.
    RouteTable,
    /// The NAT gateway has no public IPv4 address.
    NoAddress,
    /// The NAT gateway or one of its addresses cannot be read.
    Unreadable(Failure),
}

impl fmt::Display for UnknownEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNatGateway => f.write_str("the subnet has no NAT gateway"),
            Self::RouteTable => f.write_str("the routes of the subnet may bypass its NAT gateway"),
            Self::NoAddress => f.write_str("the NAT gateway of the subnet has no IPv4 address"),
            Self::Unreadable(failure) => {
                write!(
                    f,
                    "the NAT gateway of the subnet cannot be read: {}",
                    failure.message
                )
            }
        }
    }
}

/// Quotas from `listUsages`, which may show none of them.
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

/// Versions with the key `id` (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10; azure-cli
/// test_acr_network_rule, 2020-05 and 2021-02; Python SDK models).
const WITH_SHORT_KEY: [&str; 5] = [
    "2019-05-01",
    "2019-12-01-preview",
    "2020-11-01-preview",
    "2021-06-01-preview",
    "2021-12-01-preview",
];

impl SubnetIdKey {
    /// Returns the key as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::VirtualNetworkSubnetResourceId => "virtualNetworkSubnetResourceId",
        }
    }

    /// Returns the key in which a list of subnet rules was read, or `None` if the list is empty.
    pub fn shown(rules: &[Rule]) -> Option<Self> {
        let body = rules.first()?.body()?;
        let long = Self::VirtualNetworkSubnetResourceId;
        match body.get(long.as_str()) {
            Some(id) if !id.is_null() => Some(long),
            _ => Some(Self::Id),
        }
    }

    /// Returns the key under which this registry takes a new rule: the one that its list shows, or where the list is
    /// empty, the one of the api-version.
    pub(crate) fn of_new_rule(live: &LiveRegistry) -> Self {
        let rules = live.settings.rules(Setting::VirtualNetworkRules);
        let shown = Self::shown(rules.unwrap_or_default());
        shown.unwrap_or_else(|| Self::at(&live.api_version))
    }

    /// Returns the key of an api-version. At 2021-08-01-preview it is disputed (Azure/azure-cli#33685).
    fn at(api_version: &str) -> Self {
        if WITH_SHORT_KEY.contains(&api_version) {
            Self::Id
        } else {
            Self::VirtualNetworkSubnetResourceId
        }
    }

    /// Returns the other key.
    pub fn other(self) -> Self {
        match self {
            Self::Id => Self::VirtualNetworkSubnetResourceId,
            Self::VirtualNetworkSubnetResourceId => Self::Id,
        }
    }
}
