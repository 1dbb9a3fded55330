//! The leases that an answer rests on.

use jiff::Timestamp;

use super::answer::answer;
use super::facts::{Facts, Leased};
use super::types::HoldingLease;
use crate::live::LiveRegistry;
use crate::live::held::settings_without_leases;
use crate::live::lease::{Lease, leases_of};
use crate::model::{Access, Client};
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

    /// Returns the facts once all leases are closed.
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
    if answer(&facts.without_leases(&leased.lasting), client) == now {
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
