//! The clients that gain and lose access by a change, as a value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::who::Who;
use crate::model::{OtherClient, SubnetId, is_zero};

/// The clients that gain and lose access. Addresses are counted as sets, so overlapping rules count once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessChange {
    /// Public IPv4 addresses that gain access.
    pub opened: u64,
    /// Public IPv4 addresses that lose access.
    pub closed: u64,
    /// Subnets that gain access over their service endpoint.
    #[schemars(with = "Vec<String>")]
    pub subnets_opened: Vec<SubnetId>,
    /// Subnets that lose access over their service endpoint.
    #[schemars(with = "Vec<String>")]
    pub subnets_closed: Vec<SubnetId>,
    /// Rules that come into force and are neither an IPv4 range nor a subnet id: their clients are not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[serde(rename = "unreadableOpened")]
    pub unparsed_opened: usize,
    /// Rules of the same kind that go out of force.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[serde(rename = "unreadableClosed")]
    pub unparsed_closed: usize,
    /// Clients that neither kind of rule names and that gain access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others_opened: Vec<OtherClient>,
    /// Clients of the same kinds that lose access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others_closed: Vec<OtherClient>,
    /// Those of the clients above that only may gain or lose access, because it is not known on one side.
    #[serde(default, skip_serializing_if = "UncertainClients::is_empty")]
    pub uncertain: UncertainClients,
    pub effect: Direction,
    /// The clients that gain access, by name. Absent if no client gains access that has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gains: Option<Who>,
    /// The clients that lose access, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loses: Option<Who>,
}

/// Clients whose access is not known before or after a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UncertainClients {
    /// True if that holds for the addresses.
    pub addresses: bool,
    #[schemars(with = "Vec<String>")]
    pub subnets: Vec<SubnetId>,
    pub others: Vec<OtherClient>,
}

impl UncertainClients {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The direction of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Effect")]
pub enum Direction {
    #[default]
    None,
    Widens,
    Narrows,
    /// Some gain and others lose access.
    Both,
}

impl AccessChange {
    /// Returns true if clients are named, and not only counted.
    pub(crate) fn has_names(&self) -> bool {
        self.gains.is_some() || self.loses.is_some()
    }

    /// Returns true if some clients certainly gain access.
    pub(crate) fn surely_widens(&self) -> bool {
        let some = self.opened > 0 || self.unparsed_opened > 0;
        self.has_certain(some, &self.subnets_opened, &self.others_opened)
    }

    /// Returns true if some clients certainly lose access.
    pub(crate) fn surely_narrows(&self) -> bool {
        let some = self.closed > 0 || self.unparsed_closed > 0;
        self.has_certain(some, &self.subnets_closed, &self.others_closed)
    }

    /// Returns true if the access of some of these clients is known on both sides. `by_address` says if there are clients of
    /// IP rules.
    fn has_certain(&self, by_address: bool, subnets: &[SubnetId], others: &[OtherClient]) -> bool {
        let uncertain = &self.uncertain;
        (by_address && !uncertain.addresses)
            || subnets.iter().any(|id| !uncertain.subnets.contains(id))
            || others.iter().any(|kind| !uncertain.others.contains(kind))
    }
}
