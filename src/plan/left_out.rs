//! Registries of the spec that a run leaves out, as with `--only`. A service endpoint that the run turns on moves the clients
//! of its subnet for them too (container-registry-vnet). They are not read, so their spec decides.

use std::collections::BTreeSet;

use super::access::wanted::{WantedAccess, may_be_admitted};
use super::{Changes, SwitchedSubnet};
use crate::model::{Access, AddressSet, Admitted, Cidr, Client, DecidedBy, SubnetId, decide};
use crate::spec::RegistrySpec;

/// A registry that the run leaves out, and that the clients of a switched subnet lose, as far as its spec tells.
pub(crate) struct LeftOutLoss<'a> {
    pub(crate) registry: &'a RegistrySpec,
    pub(crate) subnet: &'a SubnetId,
    /// Public addresses of the clients while the endpoint is off. `None` where they are not known.
    pub(crate) egress: Option<&'a BTreeSet<Cidr>>,
    /// The access that the spec asks for while the endpoint is off.
    pub(crate) before: Access,
    /// True if the spec leaves no doubt that all of the clients have access, and none of them afterwards.
    pub(crate) is_sure: bool,
}

/// Returns what the subnets that this registry switches cost the registries that the run leaves out. `sure` are the subnets
/// that the run does switch.
pub(crate) fn losses<'a>(
    left_out: &'a [RegistrySpec],
    switched: &'a [SwitchedSubnet],
    changes: &Changes,
    sure: &BTreeSet<SubnetId>,
) -> Vec<LeftOutLoss<'a>> {
    let mut losses = Vec::new();
    for switched in switched {
        // The registry that turns the endpoint on tells it for the whole run.
        if !changes.turns_on(&switched.subnet) || !sure.contains(&switched.subnet) {
            continue;
        }
        for registry in left_out {
            losses.extend(loss(registry, switched));
        }
    }
    losses
}

fn loss<'a>(registry: &'a RegistrySpec, switched: &'a SwitchedSubnet) -> Option<LeftOutLoss<'a>> {
    let id = &switched.subnet;
    let client = Client::Subnet(id.clone());
    let wanted = WantedAccess::of(registry);
    let egress = switched.egress.as_ref().or_else(|| registry.egress.get(id));
    let addresses: Option<AddressSet> = egress.map(|egress| egress.iter().copied().collect());
    let mut off = wanted.access.with_endpoint(id, false);
    off.egress
        .extend(addresses.clone().map(|addresses| (id.clone(), addresses)));
    // An IP rule that the spec does not list may admit them.
    let before = decide(&off, &client);
    let by_rules = matches!(before.by, DecidedBy::NoRule | DecidedBy::Endpoint);
    let may_get_in = before.admitted != Admitted::No
        || (by_rules && may_be_admitted(&wanted.more_addresses, addresses.as_ref()));
    let after = decide(&wanted.access.with_endpoint(id, true), &client).admitted;
    (may_get_in && after != Admitted::Yes).then(|| LeftOutLoss {
        registry,
        subnet: id,
        egress,
        is_sure: before.admitted == Admitted::Yes
            && after == Admitted::No
            && wanted.default_action.is_some(),
        before: off,
    })
}
