//! Subnets whose service endpoint a run turns on. That moves their clients from public to private source addresses, for
//! every registry and not only for the one that asks (container-registry-vnet).

pub(crate) mod left_out;

use std::collections::{BTreeMap, BTreeSet};

use super::{Basis, Changes, SwitchedSubnet, access, diff};
use crate::live::{Egress, Live, Reading, UnknownEgress};
use crate::model::{
    Access, AddressSet, Cidr, Client, Comparison, RegistryId, Settings, SubnetId, decide,
};
use crate::spec::{RegistrySpec, Spec};

/// Addresses that a message names; more are counted.
const MOST_NAMED: usize = 5;

/// The subnets that a run switches.
#[derive(Default)]
pub(crate) struct RunSwitches {
    /// By id.
    all: BTreeMap<SubnetId, SwitchedSubnet>,
    /// Subnets that a registry switches whose plan is not refused, each with the first such registry. Another registry can
    /// count on these alone.
    pub(crate) sure: BTreeMap<SubnetId, RegistryId>,
}

/// Returns every subnet that a run switches. The `refused` registries are not written, so they turn nothing on.
pub(crate) fn of_run(spec: &Spec, live: &Live, refused: &BTreeSet<&RegistryId>) -> RunSwitches {
    let mut switches = RunSwitches::default();
    for wanted in &spec.registries {
        let Some(Ok(reading)) = live.registries.get(&wanted.id) else {
            continue;
        };
        let Some(endpoints) = diff::endpoints(wanted, reading) else {
            continue;
        };
        for id in endpoints.add.iter().filter_map(|listed| listed.rule.subnet()) {
            let known = switches.all.get(id);
            if known.is_none_or(|known| known.egress.is_none()) {
                let switched = of_subnet(id, said(spec, id), reading);
                switches.all.insert(id.clone(), switched);
            }
            if !refused.contains(&wanted.id) {
                let first = switches.sure.entry(id.clone());
                first.or_insert_with(|| wanted.id.clone());
            }
        }
    }
    switches
}

/// Returns the public addresses that the files of a spec give to a subnet. Each file may know a part of them.
fn said(spec: &Spec, id: &SubnetId) -> Option<BTreeSet<Cidr>> {
    let mut said: Option<BTreeSet<Cidr>> = None;
    for registry in spec.registries.iter().chain(&spec.left_out) {
        if let Some(egress) = registry.egress.get(id) {
            said.get_or_insert_default().extend(egress);
        }
    }
    said
}

fn of_subnet(id: &SubnetId, said: Option<BTreeSet<Cidr>>, reading: &Reading) -> SwitchedSubnet {
    let (egress, unknown) = match (said, reading.egress.get(id)) {
        (Some(said), _) => (Some(said), None),
        (None, Some(Egress::Known(read))) => (Some(read.clone()), None),
        (None, Some(Egress::Unknown(UnknownEgress::Unreadable(failure)))) => {
            // Its message may have words that the service makes up per request.
            (
                None,
                Some(format!("its NAT gateway cannot be read ({})", failure.code)),
            )
        }
        (None, Some(Egress::Unknown(reason))) => (None, Some(reason.to_string())),
        (None, None) => (None, None),
    };
    SwitchedSubnet {
        subnet: id.clone(),
        egress,
        unknown,
    }
}

/// Returns the subnets that matter to one registry: its own, those whose clients get another answer of it, before the change or
/// after it, than is known without the switch, and those that its expectations name.
pub(crate) fn of_registry(
    run: &RunSwitches,
    wanted: &RegistrySpec,
    basis: &Basis,
    settings_after: &Settings,
    changes: &Changes,
) -> Vec<SwitchedSubnet> {
    let mut all = run.all.clone();
    all.retain(|id, _| run.sure.contains_key(id) || changes.turns_on(id));
    if all.is_empty() {
        return Vec::new();
    }
    let all: Vec<SwitchedSubnet> = all.into_values().collect();
    let (before, after) = access::sides_with(basis, settings_after, changes, &all);
    let forward = Comparison::new(&before, &after);
    let backward = forward.reversed();
    let unswitched = access::sides_with(basis, settings_after, changes, &[]);
    let mut matter = Vec::new();
    for switched in all {
        let client = Client::Subnet(switched.subnet.clone());
        // The answer to an expected client may be the same before and after, but for another reason: an IP rule that the
        // change adds would admit it, if its endpoint stayed off.
        let expected = wanted
            .expect
            .iter()
            .any(|expectation| expectation.client == client);
        // A rule that is not in force while the endpoint is off takes nothing when it goes.
        let answers = [&before, &after, &unswitched.0, &unswitched.1]
            .map(|access| decide(access, &client).admitted);
        if changes.turns_on(&switched.subnet)
            || expected
            || forward.gains(&client)
            || backward.gains(&client)
            || answers[..2] != answers[2..]
        {
            matter.push(switched);
        }
    }
    matter
}

/// Returns those public addresses of a subnet that get in while its endpoint is off, or may. `more` are addresses that IP
/// rules may admit which are not known.
pub(crate) fn admitted(egress: &BTreeSet<Cidr>, off: &Access, more: &AddressSet) -> BTreeSet<Cidr> {
    if off.may_admit_more() {
        return egress.clone();
    }
    let known = off.addresses().union(more);
    let mut admitted = BTreeSet::new();
    for range in egress {
        // A range of which only a part gets in loses no more than that part.
        let part = AddressSet::from_iter([*range]).intersection(&known);
        admitted.extend(part.cidrs());
    }
    admitted
}

/// Names addresses, the first few of many.
pub(crate) fn first_addresses(addresses: &BTreeSet<Cidr>) -> String {
    let mut names = Vec::new();
    for address in addresses.iter().take(MOST_NAMED) {
        names.push(address.to_string());
    }
    if addresses.len() > MOST_NAMED {
        names.push(format!("{} more", addresses.len() - MOST_NAMED));
    }
    names.join(", ")
}
