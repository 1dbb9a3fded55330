//! The decisions of a caller about a run: guards, and kinds of change to refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LeftStates;
use crate::model::{Cidr, RegistryId, Rule};

/// The decisions of a caller about guards.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Guards that the caller has switched off.
    pub overrides: BTreeSet<Guard>,
    /// Kinds of change that are refused in this run, whatever the spec says.
    pub fail_on: BTreeSet<FailOn>,
    /// Addresses that must not lose access.
    pub protect: Vec<Cidr>,
    /// The answers of the registries about the address of this machine, where they were asked.
    pub own: Option<OwnAddress>,
    /// The only clients that may gain or lose access: those of these rules. Empty for no such limit.
    pub only_change: BTreeSet<Rule>,
    /// The states that earlier runs left, for `--fail-on drift`.
    pub left: LeftStates,
    /// The time at which the plan is made; RFC 3339, UTC.
    pub created: String,
    /// Flags that lead another command to the same service, each after a space.
    pub service_flags: String,
}

/// The answers of the registries of a run about the address of this machine.
#[derive(Clone, Debug, Default)]
pub struct OwnAddress {
    /// The addresses that registries named when they refused this machine.
    pub named: BTreeSet<Cidr>,
    /// Registries that admit this machine, and do not say from which address.
    pub admitted: BTreeSet<RegistryId>,
    /// Registries whose answer says neither, and the reason.
    pub unknown: BTreeMap<RegistryId, String>,
}

impl OwnAddress {
    /// Returns the addresses that IP rules can admit.
    pub(crate) fn public(&self) -> impl Iterator<Item = &Cidr> {
        self.named.iter().filter(|address| !address.public().is_empty())
    }

    /// Returns the addresses that a registry sees over a service endpoint, which no IP rule matches.
    pub(crate) fn over_endpoints(&self) -> impl Iterator<Item = &Cidr> {
        self.named.iter().filter(|address| address.public().is_empty())
    }
}

/// The caller's decisions about guards. A plan keeps them, so that a later apply of the plan holds to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Guards {
    /// Guards that were switched off.
    pub overrides: BTreeSet<Guard>,
    /// Kinds of change that were refused, whatever the spec says.
    pub fail_on: BTreeSet<FailOn>,
    /// Addresses and ranges that must not lose access, those that the registries named included.
    #[schemars(with = "BTreeSet<String>")]
    pub protect: BTreeSet<Cidr>,
    /// True if the registries were asked for the address of the machine that planned.
    pub probed: bool,
    /// The only clients that may gain or lose access: those of these rules. Absent for no such limit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(with = "BTreeSet<String>")]
    pub only_change: BTreeSet<Rule>,
}

/// A guard, by the name that `--override` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// More rules go out than the guardrails allow, not counting those that another rule covers.
    Removals,
    /// The registry would be left under `Deny` without a single rule.
    LastRule,
    /// A new rule is wider than the guardrails allow.
    WidestRule,
    /// An expectation of the spec does not hold in the wanted state.
    Expect,
    /// A protected address would lose access, or may.
    OwnAddress,
    /// A registry with `protect: true` would lose a rule or clients, or open to everyone.
    Protect,
    /// A client that `--only-change` does not name would gain or lose access.
    OnlyChange,
    /// A rule whose clients are not known would be removed. It stays instead, and nothing is refused.
    Unparsed,
}

/// A kind of change that `--fail-on` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A client gains access.
    Widens,
    /// A client loses access.
    Narrows,
    /// `defaultAction` changes.
    DefaultAction,
    /// `publicNetworkAccess` changes.
    PublicAccess,
    /// `dataEndpointEnabled` changes, and with it host names for every client.
    DataEndpoint,
    /// Live is not what the last run left.
    Drift,
}

impl Policy {
    /// Returns the part that a plan keeps.
    pub fn guards(&self) -> Guards {
        let mut protect: BTreeSet<Cidr> = self.protect.iter().copied().collect();
        if let Some(own) = &self.own {
            protect.extend(own.public());
        }
        Guards {
            overrides: self.overrides.clone(),
            fail_on: self.fail_on.clone(),
            protect,
            probed: self.own.is_some(),
            only_change: self.only_change.clone(),
        }
    }
}

impl Guard {
    /// Every guard, for help texts.
    pub const ALL: [Self; 8] = [
        Self::Removals,
        Self::LastRule,
        Self::WidestRule,
        Self::Expect,
        Self::OwnAddress,
        Self::Protect,
        Self::OnlyChange,
        Self::Unparsed,
    ];

    /// Returns the name that `--override` takes, which is also the code of the refusal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removals => "removals",
            Self::LastRule => "last-rule",
            Self::WidestRule => "widest-rule",
            Self::Expect => "expect",
            Self::OwnAddress => "own-address",
            Self::Protect => "protect",
            Self::OnlyChange => "only-change",
            Self::Unparsed => "unparsed",
        }
    }

    /// Returns a line for the documentation.
    pub fn about(self) -> &'static str {
        match self {
            Self::Removals => "more rules are removed than the guardrails allow",
            Self::LastRule => "the registry would be left under `Deny` without a single rule",
            Self::WidestRule => "a new rule is wider than the guardrails allow",
            Self::Expect => "an expectation of the spec would not hold",
            Self::OwnAddress => "a protected address would lose access, or may",
            Self::Protect => {
                "a registry with `protect: true` would lose a rule or clients, or open to everyone"
            }
            Self::OnlyChange => "a client that `--only-change` does not name would gain or lose access",
            Self::Unparsed => {
                "a live rule that cannot be parsed would be removed: it stays, and nothing is refused"
            }
        }
    }
}

impl FailOn {
    /// Every kind, for help texts.
    pub const ALL: [Self; 6] = [
        Self::Widens,
        Self::Narrows,
        Self::DefaultAction,
        Self::PublicAccess,
        Self::DataEndpoint,
        Self::Drift,
    ];

    /// Returns the name that `--fail-on` takes, which is also the code of the refusal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::DefaultAction => "default-action",
            Self::PublicAccess => "public-access",
            Self::DataEndpoint => "data-endpoint",
            Self::Drift => "drift",
        }
    }

    /// Returns a line for the documentation.
    pub fn about(self) -> &'static str {
        match self {
            Self::Widens => "a client gains access",
            Self::Narrows => "a client loses access",
            Self::DefaultAction => "`defaultAction` changes",
            Self::PublicAccess => "`publicNetworkAccess` changes",
            Self::DataEndpoint => "`dataEndpointEnabled` changes, and with it the host names of layers",
            Self::Drift => {
                "a managed setting or service endpoint is not as the last run left it, or no record says how that was"
            }
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
