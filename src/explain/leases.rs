//! The leases that an answer rests on.

use std::borrow::Cow;

use jiff::Timestamp;

use super::answer::answer;
use super::facts::{Facts, Leased};
use super::types::HoldingLease;
use crate::live::LiveRegistry;
use crate::live::held::settings_without_leases;
use crate::live::lease::{Lease, leases_of};
use crate::model::{Access, Client, PublicNetworkAccess};
use crate::plan::Answer;

impl Facts {
    /// Adds the leases of the registry, for answers that go when they are closed. `flags` lead to the same service, each after
    /// a space.
    #[must_use]
    pub fn with_leases(mut self, live: &LiveRegistry, now: Timestamp, flags: &str) -> Self {
        let mut leases = Vec::new();
        for lease in leases_of(live) {
            let holding = HoldingLease {
                name: lease.name.to_string(),
                until: lease.until.to_string(),
                ended: lease.is_expired(now),
                close: lease.close_command(&live.id, flags),
            };
            leases.push((lease, holding));
        }
        let lasting = Access::of(&settings_without_leases(live));
        self.leased = (!leases.is_empty()).then_some(Leased { leases, lasting });
        self
    }

    /// Returns the facts once all leases are closed. A remedy that rests on a lease would not last.
    pub(super) fn lasting(&self) -> Cow<'_, Self> {
        match &self.leased {
            Some(leased) => Cow::Owned(self.without_leases(&leased.lasting)),
            None => Cow::Borrowed(self),
        }
    }

    /// Returns true if public access is enabled, and is not once all leases are closed.
    pub(super) fn is_public_by_leases(&self) -> bool {
        let enabled = Some(PublicNetworkAccess::Enabled);
        let lasting = self
            .leased
            .as_ref()
            .map(|leased| leased.lasting.public_network_access);
        self.access.public_network_access == enabled && lasting.is_some_and(|lasting| lasting != enabled)
    }

    fn without_leases(&self, lasting: &Access) -> Self {
        let access = Access {
            restricts: self.access.restricts,
            egress: self.access.egress.clone(),
            endpoints_off: self.access.endpoints_off.clone(),
            ..lasting.clone()
        };
        Self {
            default_action: Some(access.default_action),
            access,
            ..self.clone()
        }
    }
}

/// Returns the leases without which this answer to the client is another one.
pub(crate) fn holding(facts: &Facts, client: &Client, now: Answer) -> Vec<HoldingLease> {
    let Some(leased) = &facts.leased else {
        return Vec::new();
    };
    let mut holding = Vec::new();
    if answer(&facts.lasting(), client) == now {
        return holding;
    }
    for (lease, entry) in &leased.leases {
        if lease.was_disabled.is_some() || names(lease, client) {
            holding.push(entry.clone());
        }
    }
    holding
}

/// Returns true if an address of the lease may be one of the client. Those of a subnet are those that the rules see.
fn names(lease: &Lease, client: &Client) -> bool {
    match client {
        Client::Address(range) => {
            let mut addresses = lease.addresses.iter();
            addresses.any(|address| address.contains(*range) || range.contains(*address))
        }
        Client::Subnet(_) | Client::Other(_) => true,
    }
}
