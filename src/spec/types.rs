//! The wanted state, checked and resolved: names are replaced by what they stand for, defaults are merged in.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::model::{Cidr, Client, DefaultAction, PublicNetworkAccess, RegistryId, SubnetId};

/// A place in a YAML file; lines and columns count from 1.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
pub struct Source {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

/// A value and where it was written. `None` when it comes from the command line, as for `restore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Option<Source>,
}

/// Everything that the loaded files want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The files named on the command line, as they were named.
    pub files: Vec<String>,
    /// Sorted by id, each id once.
    pub registries: Vec<RegistrySpec>,
}

/// What is wanted of one registry. A key that is `None` is unmanaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrySpec {
    pub id: RegistryId,
    pub source: Option<Source>,
    pub public_network_access: Option<Sourced<PublicNetworkAccess>>,
    pub default_action: Option<Sourced<DefaultAction>>,
    pub ip_rules: Option<Sourced<Vec<WantedIp>>>,
    pub subnets: Option<Sourced<Vec<WantedSubnet>>>,
    pub service_endpoints: ServiceEndpoints,
    pub trusted_services: Option<Sourced<bool>>,
    pub tasks_bypass: Option<Sourced<bool>>,
    pub data_endpoint: Option<Sourced<bool>>,
    pub ownership: Ownership,
    pub ignore: Vec<Ignored>,
    pub expect: Vec<Expectation>,
    /// Rules that the files list but whose day has come: not wanted any more.
    pub expired: Vec<WantedIp>,
    pub guardrails: Guardrails,
    pub restore_hints: RestoreHints,
}

/// What the way back to an earlier state says of live rules beside those that it wants. No file says any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreHints {
    /// Rules as ARM spelt them that were there and that nothing here can want. Where they still are, they stay.
    pub keep: BTreeSet<String>,
    /// Rules that the change itself brought: they go, also where rules of others stay.
    pub remove: BTreeSet<Client>,
}

/// One wanted IP rule. Each range is listed once, however often the files name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedIp {
    pub cidr: Cidr,
    /// Where the range itself is written, be it in a named network or in the registry.
    pub source: Option<Source>,
    /// The named network that it came from.
    pub network: Option<Arc<str>>,
    /// `None` where the file says nothing about it.
    pub info: Option<Arc<RuleInfo>>,
}

/// Who asked for a rule, and why.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct RuleInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Arc<str>>,
    /// `YYYY-MM-DD`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<jiff::civil::Date>,
}

/// One wanted subnet rule. Each subnet is listed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedSubnet {
    pub id: SubnetId,
    /// Where the id itself is written.
    pub source: Option<Source>,
    /// The name in `subnets:` that it came from.
    pub name: Option<Arc<str>>,
}

/// What to do about the service endpoint of a wanted subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceEndpoints {
    /// Turn `Microsoft.ContainerRegistry` on where it is missing.
    #[default]
    Ensure,
    /// Never touch the subnet.
    Assume,
}

/// What happens to live rules that are not listed.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// They go.
    #[default]
    Exact,
    /// They stay.
    Additive,
}

/// Live rules that are somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Every IP rule inside this range.
    Range(Cidr),
    /// The rule for this subnet.
    Subnet(SubnetId),
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Subnet(id) => id.fmt(f),
        }
    }
}

/// A statement that must hold in the wanted state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub client: Client,
    pub allowed: bool,
    /// As written in the file: an address or a name.
    pub written: Arc<str>,
    pub source: Option<Source>,
}

/// Limits over which a plan is refused.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Guardrails {
    /// The most rules that may go out; `null`: no limit.
    pub max_removals: Option<u32>,
    /// Counts only for registries with ten live rules or more: two of three is no landslide.
    pub max_removal_percent: Option<u32>,
    /// The shortest prefix that a rule may have.
    pub widest_rule: u8,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            max_removals: None,
            max_removal_percent: Some(30),
            widest_rule: 8,
        }
    }
}

/// What happens to a live rule that no file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlistedRule {
    /// It is somebody else's: never touched, never drift.
    Ignore,
    /// It stays, since the spec only adds.
    Keep,
    Remove,
}

impl RegistrySpec {
    /// What happens to a live rule that is not listed, unless something is known about it.
    pub fn unlisted(&self) -> UnlistedRule {
        match self.ownership {
            Ownership::Exact => UnlistedRule::Remove,
            Ownership::Additive => UnlistedRule::Keep,
        }
    }

    /// The same for an IP rule. One that the files name and that has expired is ours, so it goes.
    pub fn unlisted_ip(&self, cidr: Cidr) -> UnlistedRule {
        let ignored =
            |ignored: &Ignored| matches!(ignored, Ignored::Range(range) if range.contains(cidr));
        if self.ignore.iter().any(ignored) {
            UnlistedRule::Ignore
        } else if self.expired.iter().any(|ip| ip.cidr == cidr) || self.takes_back(Client::Address(cidr))
        {
            UnlistedRule::Remove
        } else {
            self.unlisted()
        }
    }

    /// The same for a subnet rule.
    pub fn unlisted_subnet(&self, id: &SubnetId) -> UnlistedRule {
        let ignored = |ignored: &Ignored| matches!(ignored, Ignored::Subnet(subnet) if subnet == id);
        if self.ignore.iter().any(ignored) {
            UnlistedRule::Ignore
        } else if self.takes_back(Client::Subnet(id.clone())) {
            UnlistedRule::Remove
        } else {
            self.unlisted()
        }
    }

    fn takes_back(&self, rule: Client) -> bool {
        self.restore_hints.remove.contains(&rule)
    }

    /// A registry of which nothing is managed.
    pub fn unmanaged(id: RegistryId) -> Self {
        Self {
            id,
            source: None,
            public_network_access: None,
            default_action: None,
            ip_rules: None,
            subnets: None,
            service_endpoints: ServiceEndpoints::default(),
            trusted_services: None,
            tasks_bypass: None,
            data_endpoint: None,
            ownership: Ownership::default(),
            ignore: Vec::new(),
            expect: Vec::new(),
            expired: Vec::new(),
            guardrails: Guardrails::default(),
            restore_hints: RestoreHints::default(),
        }
    }
}

impl WantedIp {
    /// The day from which on the rule is not wanted any more.
    pub fn expires(&self) -> Option<jiff::civil::Date> {
        self.info.as_ref()?.expires
    }
}

impl<T> Sourced<T> {
    /// A value that no file asked for.
    pub fn unsourced(value: T) -> Self {
        Self { value, source: None }
    }
}
