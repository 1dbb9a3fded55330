//! The decision about one client, as a value.

use super::{Admitted, Client};

/// The decision about one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub admitted: Admitted,
    pub by: DecidedBy,
}

/// The part of the settings that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// The registry is open: by its default action, or because its SKU has no network rules.
    Open,
    /// Public access is disabled.
    PublicAccess,
    /// The range or subnet of a rule.
    Rule(Client),
    /// No rule admits the client.
    NoRule,
    /// A rule lists the subnet, and its service endpoint is off.
    Endpoint,
    /// The setting that admits clients beside the rules, or does not.
    Bypass,
    /// The address families of the registry's endpoints.
    Protocol,
}

impl Decision {
    pub(crate) fn new(admitted: Admitted, by: DecidedBy) -> Self {
        Self { admitted, by }
    }

    /// Returns true if the client certainly gets in.
    pub fn allowed(&self) -> bool {
        self.admitted == Admitted::Yes
    }
}
