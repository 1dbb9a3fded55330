//! Registries of the spec that a run does not write, and that lose clients by a service endpoint that it turns on: that moves
//! the clients of its subnet for every registry (container-registry-vnet).
//!
//! Some are not read, because `--only` and its like leave them out or the read failed. Their spec decides. Others list the
//! subnet, but are refused: they stay as they were read.

use std::collections::{BTreeMap, BTreeSet};

use super::access::access_as_read;
use super::access::wanted::{WantedAccess, may_be_admitted};
use super::{Changes, SwitchedSubnet};
use crate::live::{Live, Reading};
use crate::model::{
    Access, AddressSet, Admitted, Cidr, Client, DecidedBy, FailureKind, RegistryId, Rule, Setting,
    SubnetId, decide,
};
use crate::spec::{RegistrySpec, Spec};

/// A registry that the run does not write.
pub(crate) struct LeftOut<'a> {
    registry: &'a RegistrySpec,
    /// The registry as it stays. `None` if it is not read.
    reading: Option<&'a Reading>,
}

/// A registry that the run does not write, and that the clients of a switched subnet lose, as far as is known.
pub(crate) struct LeftOutLoss<'a> {
    pub(crate) registry: &'a RegistrySpec,
    pub(crate) subnet: &'a SubnetId,
    /// Public addresses of the clients while the endpoint is off. `None` where they are not known.
    pub(crate) egress: Option<&'a BTreeSet<Cidr>>,
    /// The access while the endpoint is off.
    pub(crate) before: Access,
    /// True if it leaves no doubt that all of the clients have access, and none of them afterwards.
    pub(crate) is_sure: bool,
    /// True if the registry was read and is refused. Else its spec decides.
    pub(crate) is_refused: bool,
}

/// Returns the registries of the spec that the run does not write: those that are not read and may exist, and the `refused`
/// ones.
pub(crate) fn of_run<'a>(
    spec: &'a Spec,
    live: &'a Live,
    refused: &BTreeSet<&RegistryId>,
) -> Vec<LeftOut<'a>> {
    let mut found = BTreeMap::new();
    for registry in &spec.left_out {
        found.insert(
            &registry.id,
            LeftOut {
                registry,
                reading: None,
            },
        );
    }
    for registry in &spec.registries {
        let reading = match live.registries.get(&registry.id) {
            // Its live state leaves it out, as with `--only tag:…`.
            None => None,
            Some(Ok(reading)) if refused.contains(&registry.id) => Some(reading),
            Some(Err(failure)) if failure.kind != FailureKind::NotFound => None,
            Some(_) => continue,
        };
        found.insert(&registry.id, LeftOut { registry, reading });
    }
    found.into_values().collect()
}

/// Returns what the subnets that a registry switches cost those that the run does not write. `sure` are the subnets that
/// the run does switch.
pub(crate) fn losses<'a>(
    left_out: &[LeftOut<'a>],
    switched: &'a [SwitchedSubnet],
    changes: &Changes,
    sure: &BTreeSet<SubnetId>,
) -> Vec<LeftOutLoss<'a>> {
    let mut losses = Vec::new();
    for switched in switched {
        // The registry that turns the endpoint on tells it for the whole run.
        if changes.turns_on(&switched.subnet) && sure.contains(&switched.subnet) {
            for left_out in left_out {
                losses.extend(left_out.loss(switched));
            }
        }
    }
    losses
}

impl<'a> LeftOut<'a> {
    fn loss(&self, switched: &'a SwitchedSubnet) -> Option<LeftOutLoss<'a>> {
        let id = &switched.subnet;
        let registry = self.registry;
        // A refused registry that does not list the subnet has a note of its own.
        if self.reading.is_some() && !lists(registry, id) {
            return None;
        }
        let known = self.known();
        let egress = switched.egress.as_ref().or_else(|| registry.egress.get(id));
        let addresses: Option<AddressSet> = egress.map(|egress| egress.iter().copied().collect());
        let mut off = known.access.with_endpoint(id, false);
        off.egress
            .extend(addresses.clone().map(|addresses| (id.clone(), addresses)));
        let client = Client::Subnet(id.clone());
        // An IP rule that is not listed may admit them.
        let before = decide(&off, &client);
        let by_rules = matches!(before.by, DecidedBy::NoRule | DecidedBy::Endpoint);
        let may_get_in = before.admitted != Admitted::No
            || (by_rules && may_be_admitted(&known.more_addresses, addresses.as_ref()));
        let after = decide(&known.access.with_endpoint(id, true), &client).admitted;
        (may_get_in && after != Admitted::Yes).then(|| LeftOutLoss {
            registry,
            subnet: id,
            egress,
            is_sure: before.admitted == Admitted::Yes
                && after == Admitted::No
                && known.default_action.is_some(),
            before: off,
            is_refused: self.reading.is_some(),
        })
    }

    /// Returns the access that the registry keeps, as far as it is known.
    fn known(&self) -> WantedAccess {
        match self.reading {
            None => WantedAccess::of(self.registry),
            Some(reading) => {
                let access = access_as_read(reading);
                WantedAccess {
                    default_action: Some(access.default_action),
                    more_addresses: AddressSet::default(),
                    access,
                }
            }
        }
    }
}

fn lists(registry: &RegistrySpec, subnet: &SubnetId) -> bool {
    let listed = registry.settings.rules(Setting::VirtualNetworkRules);
    let rule = Rule::from(subnet.clone());
    listed
        .unwrap_or_default()
        .iter()
        .any(|listed| listed.rule == rule)
}
