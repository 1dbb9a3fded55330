//! Registries of the spec that a run does not write, and that lose clients by a service endpoint that it turns on: that moves
//! the clients of its subnet for every registry (container-registry-vnet).
//!
//! Some are not read, because `--only` and its like leave them out or the read failed. Their spec decides, but a subnet rule that
//! it asks for need not be there yet. Those of another shard are judged there, by the wanted state that `expect` is about: here a
//! note says what they rest on. Others stay as they were read: they list the subnet, but are refused, or their live state leaves
//! them out.

use std::collections::{BTreeMap, BTreeSet};

use super::admitted;
use crate::live::{Live, Reading};
use crate::model::{
    AddressSet, Admitted, Cidr, Client, DecidedBy, DefaultAction, FailureKind, RegistryId, Rule,
    Setting, SubnetId, decide,
};
use crate::plan::SwitchedSubnet;
use crate::plan::access::access_as_read;
use crate::plan::access::wanted::{WantedAccess, may_be_admitted};
use crate::spec::{RegistrySpec, Spec};

/// Registries that a message names; more are counted.
const MOST_NAMED: usize = 5;

/// A registry that the run does not write.
pub(crate) struct LeftOut<'a> {
    registry: &'a RegistrySpec,
    why: WhyLeftOut<'a>,
}

/// The reason why a run does not write a registry, and the state in which it stays.
#[derive(Clone, Copy)]
enum WhyLeftOut<'a> {
    Unread,
    OtherShard,
    Refused(&'a Reading),
    NotChosen(&'a Reading),
}

/// A registry that the run does not write, and that the clients of a switched subnet lose, as far as is known.
pub(crate) struct LeftOutLoss<'a> {
    pub(crate) registry: &'a RegistrySpec,
    pub(crate) subnet: &'a SubnetId,
    /// Public addresses of the clients that lose the registry, or may. `None` where they are not known.
    pub(crate) egress: Option<BTreeSet<Cidr>>,
    /// Addresses that get in by IP rules, and those that may.
    pub(crate) addresses: AddressSet,
    /// True if it leaves no doubt that all of the clients have access, and none of them afterwards.
    pub(crate) is_sure: bool,
    pub(crate) state: LeftOutState,
}

/// A registry that the run does not write, whose spec says that clients of a switched subnet must not get in, and that they get
/// into, as far as is known.
pub(crate) struct LeftOutGain<'a> {
    pub(crate) registry: &'a RegistrySpec,
    pub(crate) subnet: &'a SubnetId,
    /// The subnet as the expectation names it.
    pub(crate) written: &'a str,
    /// True if it leaves no doubt that the clients get in.
    pub(crate) is_sure: bool,
    /// True if the registry is read, though not written.
    pub(crate) is_read: bool,
}

/// The state of a registry that the run does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOutState {
    /// It is not read, and its spec does not list the subnet.
    Unread,
    /// It is not read. Its spec lists the subnet, and the rule may be live or not.
    UnreadAndListed,
    /// It is not read. Its spec lists the subnet, and another shard writes the rule.
    OtherShard,
    /// It is refused, so it stays as it was read.
    Refused,
    /// Its live state leaves it out, so it stays as it was read.
    NotChosen,
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
        let why = match spec.in_other_shards.contains(&registry.id) {
            true => WhyLeftOut::OtherShard,
            false => WhyLeftOut::Unread,
        };
        found.insert(&registry.id, LeftOut { registry, why });
    }
    for registry in &spec.registries {
        let why = match live.registries.get(&registry.id) {
            // Its live state leaves it out, as with `--only tag:…`.
            None => match live.not_chosen.get(&registry.id) {
                Some(reading) => WhyLeftOut::NotChosen(reading),
                None => WhyLeftOut::Unread,
            },
            Some(Ok(reading)) if refused.contains(&registry.id) => WhyLeftOut::Refused(reading),
            Some(Err(failure)) if failure.kind != FailureKind::NotFound => WhyLeftOut::Unread,
            Some(_) => continue,
        };
        found.insert(&registry.id, LeftOut { registry, why });
    }
    found.into_values().collect()
}

/// Returns what the subnets that a registry switches cost those that the run does not write. `tellers` are the subnets that
/// the run does switch, each with the registry that tells it for the whole run.
pub(crate) fn losses<'a>(
    left_out: &[LeftOut<'a>],
    id: &RegistryId,
    switched: &'a [SwitchedSubnet],
    tellers: &BTreeMap<SubnetId, RegistryId>,
) -> Vec<LeftOutLoss<'a>> {
    let mut losses = Vec::new();
    for switched in switched {
        if tellers.get(&switched.subnet) == Some(id) {
            for left_out in left_out {
                losses.extend(left_out.loss(switched));
            }
        }
    }
    losses
}

/// Returns the registries that the subnets which a registry switches get into, although their spec denies it. `tellers` are as
/// for [`losses`].
pub(crate) fn gains<'a>(
    left_out: &[LeftOut<'a>],
    id: &RegistryId,
    switched: &'a [SwitchedSubnet],
    tellers: &BTreeMap<SubnetId, RegistryId>,
) -> Vec<LeftOutGain<'a>> {
    let mut gains = Vec::new();
    for switched in switched {
        if tellers.get(&switched.subnet) == Some(id) {
            for left_out in left_out {
                gains.extend(left_out.gain(switched));
            }
        }
    }
    gains
}

/// Names registries, the first few of many.
pub(crate) fn names(registries: &[&RegistrySpec]) -> String {
    let mut names = Vec::new();
    for registry in registries.iter().take(MOST_NAMED) {
        names.push(format!("`{}`", registry.id.name()));
    }
    if registries.len() > MOST_NAMED {
        names.push(format!("{} more", registries.len() - MOST_NAMED));
    }
    names.join(", ")
}

/// Returns the registries of some losses.
pub(crate) fn registries_of<'a>(losses: &[&LeftOutLoss<'a>]) -> Vec<&'a RegistrySpec> {
    losses.iter().map(|loss| loss.registry).collect()
}

impl<'a> LeftOut<'a> {
    fn loss(&self, switched: &'a SwitchedSubnet) -> Option<LeftOutLoss<'a>> {
        let id = &switched.subnet;
        let registry = self.registry;
        let state = self.state(id)?;
        let known = self.known(id, state);
        // Where everyone gets in, or no one by public access, an endpoint takes nothing.
        if known.default_action == Some(DefaultAction::Allow) {
            return None;
        }
        let mut off = known.access.with_endpoint(id, false);
        // Of the clients, those count that get in today or may.
        let egress = switched.egress.as_ref();
        let egress = egress.map(|egress| admitted(egress, &off, &known.more_addresses));
        let clients: Option<AddressSet> = egress.as_ref().map(|egress| egress.iter().copied().collect());
        off.egress
            .extend(clients.clone().map(|clients| (id.clone(), clients)));
        let client = Client::Subnet(id.clone());
        // An IP rule that is not listed may admit them.
        let before = decide(&off, &client);
        let by_rules = matches!(before.by, DecidedBy::NoRule | DecidedBy::Endpoint);
        let may_get_in = before.admitted != Admitted::No
            || (by_rules && may_be_admitted(&known.more_addresses, clients.as_ref()));
        let after = decide(&known.access.with_endpoint(id, true), &client).admitted;
        (may_get_in && after != Admitted::Yes).then(|| LeftOutLoss {
            registry,
            subnet: id,
            egress,
            addresses: off.addresses().union(&known.more_addresses),
            is_sure: before.admitted == Admitted::Yes
                && after == Admitted::No
                && known.default_action.is_some(),
            state,
        })
    }

    /// Returns the access that an expectation of the registry denies to the clients of a subnet, where they do not have it today.
    fn gain(&self, switched: &'a SwitchedSubnet) -> Option<LeftOutGain<'a>> {
        let (id, registry) = (&switched.subnet, self.registry);
        // A registry of the run has judged its expectations itself.
        if matches!(self.why, WhyLeftOut::Refused(_)) {
            return None;
        }
        let client = Client::Subnet(id.clone());
        let mut expect = registry.expect.iter();
        let denied = expect.find(|expectation| !expectation.allowed && expectation.client == client)?;
        let known = match self.reading() {
            Some(reading) => as_read(reading),
            None => WantedAccess::of(registry),
        };
        let before = decide(&known.access.with_endpoint(id, false), &client).admitted;
        let after = decide(&known.access.with_endpoint(id, true), &client).admitted;
        (before != Admitted::Yes && after != Admitted::No).then(|| LeftOutGain {
            registry,
            subnet: id,
            written: &denied.written,
            is_sure: after == Admitted::Yes,
            is_read: self.reading().is_some(),
        })
    }

    /// Returns the state of the registry, as far as the subnet is concerned.
    fn state(&self, subnet: &SubnetId) -> Option<LeftOutState> {
        match (self.why, lists(self.registry, subnet)) {
            (WhyLeftOut::Unread | WhyLeftOut::OtherShard, false) => Some(LeftOutState::Unread),
            (WhyLeftOut::Unread, true) => Some(LeftOutState::UnreadAndListed),
            (WhyLeftOut::OtherShard, true) => Some(LeftOutState::OtherShard),
            (WhyLeftOut::Refused(_), true) => Some(LeftOutState::Refused),
            // Such a registry has a note of its own.
            (WhyLeftOut::Refused(_), false) => None,
            (WhyLeftOut::NotChosen(_), _) => Some(LeftOutState::NotChosen),
        }
    }

    /// Returns the registry as it stays; `None` if it is not read.
    fn reading(&self) -> Option<&'a Reading> {
        match self.why {
            WhyLeftOut::Refused(reading) | WhyLeftOut::NotChosen(reading) => Some(reading),
            WhyLeftOut::Unread | WhyLeftOut::OtherShard => None,
        }
    }

    /// Returns the access that the registry keeps, as far as it is known.
    fn known(&self, subnet: &SubnetId, state: LeftOutState) -> WantedAccess {
        if let Some(reading) = self.reading() {
            return as_read(reading);
        }
        let mut known = WantedAccess::of(self.registry);
        // The subnet rule may be missing still, and an IP rule that it replaces may be there still.
        if matches!(state, LeftOutState::UnreadAndListed | LeftOutState::OtherShard) {
            known.access.subnets.remove(&Rule::from(subnet.clone()));
            known.access.subnets_hidden = true;
            known.more_addresses = AddressSet::all();
        }
        known
    }
}

/// Returns the access of a registry that stays as it was read.
fn as_read(reading: &Reading) -> WantedAccess {
    let access = access_as_read(reading);
    WantedAccess {
        default_action: Some(access.default_action),
        more_addresses: AddressSet::default(),
        access,
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
