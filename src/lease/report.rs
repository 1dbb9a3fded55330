//! The result of opening and closing. The JSON form is `ringfence.access/1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::apply::Effective;
use crate::live::lease::{Lease, UnreadableLease};
use crate::model::{Failure, RegistryId};

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.access/1";

/// The registries that were opened or closed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccessReport {
    /// Always `ringfence.access/1`.
    pub format: &'static str,
    /// RFC 3339, UTC.
    pub created: String,
    pub registries: Vec<RegistryAccess>,
}

/// The result for one registry, with its leases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryAccess {
    #[schemars(with = "String")]
    pub id: RegistryId,
    pub outcome: AccessOutcome,
    /// The leases that were opened or closed.
    pub leases: Vec<LeaseEntry>,
    /// Addresses of closed leases that still get in, by another lease, a rule or the default action.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_admitted: Vec<String>,
    /// Settings and tags of leases that are not as they were sent, or were before: something changed the write on its way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub altered: Vec<Failure>,
    /// The default action before the closed leases, where the close did not bring it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_brought_back: Option<Failure>,
    /// The tags of leases that are meant and cannot be read. They stay, and so do their rules, which are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableLease>,
    /// The registry's answers to this machine after it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// The command that closes what was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<String>,
}

impl AccessReport {
    /// Returns true if a setting of a registry is not as it was written, or was before.
    pub fn is_altered(&self) -> bool {
        self.registries
            .iter()
            .any(|registry| !registry.altered.is_empty())
    }
}

/// The result for one registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessOutcome {
    /// This machine gets in without a lease. Nothing was written.
    AdmittedAlready,
    Opened,
    Closed,
    /// There was no such lease, or none any more. Nothing was written.
    NothingToClose,
    /// The registry or its group is gone or being deleted, so nothing stays open.
    Gone,
}

/// One lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaseEntry {
    pub name: String,
    /// RFC 3339, UTC.
    pub until: String,
    /// The addresses that its rules admit.
    pub addresses: Vec<String>,
    /// True if public access was disabled before the lease.
    pub enables_public_access: bool,
}

impl From<&Lease> for LeaseEntry {
    fn from(lease: &Lease) -> Self {
        Self {
            name: lease.name.to_string(),
            until: lease.until.to_string(),
            addresses: lease.addresses.iter().map(ToString::to_string).collect(),
            enables_public_access: lease.was_disabled.is_some(),
        }
    }
}
