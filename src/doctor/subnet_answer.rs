//! The registry's answer to a subnet that was asked about.

use std::collections::BTreeSet;

use super::facts::Observations;
use super::outbound::{Target, private_target, targets};
use super::private_path::{PrivatePath, private_path};
use crate::explain::{AskedClient, ClientExplanation, Facts, explain};
use crate::live::surroundings::SubnetPath;
use crate::live::{Egress, LiveSubnet, Reading, UnknownEgress};
use crate::model::{Cidr, Client, Failure, SubnetId};
use crate::plan::Answer;

/// Explains the answer to the subnet of `--from-subnet`. Returns `None` if the registry or the subnet could not be read.
pub(super) fn subnet_answer(facts: &Observations) -> Option<ClientExplanation> {
    let asked = facts.surroundings.subnet.as_ref()?;
    let path = asked.path.as_ref().ok()?;
    let subnet = LiveSubnet::Present(path.subnet.clone());
    answer_to(facts.reading()?, &asked.id, &subnet, &asked.egress)
}

/// Returns the reason why the answer to the subnet of `--from-subnet` is not known: it depends on public addresses that could not
/// be read.
pub(super) fn unread_egress(facts: &Observations) -> Option<&Failure> {
    let Egress::Unknown(UnknownEgress::Unreadable(failure)) =
        &facts.surroundings.subnet.as_ref()?.egress
    else {
        return None;
    };
    (subnet_answer(facts)?.answer == Answer::Unknown).then_some(failure)
}

/// Explains the answer to one subnet, whose endpoint and public addresses were read.
pub(super) fn answer_to(
    reading: &Reading,
    id: &SubnetId,
    subnet: &LiveSubnet,
    egress: &Egress,
) -> Option<ClientExplanation> {
    let mut reading = reading.clone();
    reading.subnets.insert(id.clone(), subnet.clone());
    reading.egress.insert(id.clone(), egress.clone());
    explained(&reading, Client::Subnet(id.clone()))
}

/// Explains the answer to any client.
pub(super) fn explained(reading: &Reading, client: Client) -> Option<ClientExplanation> {
    let asked = AskedClient {
        written: client.to_string(),
        client,
    };
    explain(&Facts::live(reading), &[asked]).clients.pop()
}

/// Returns true if the clients of the subnet come through a private endpoint, or may do so: no rule counts there.
pub(super) fn is_private(facts: &Observations, path: &SubnetPath) -> bool {
    let private = private_path(&facts.surroundings, path.id.vnet_key());
    !matches!(private, PrivatePath::No)
}

/// Returns what the clients of the subnet need. Through a private endpoint that is its addresses, and sign-in.
pub(super) fn needed_targets(facts: &Observations, path: &SubnetPath) -> Vec<Target> {
    let regions: &[String] = match is_private(facts, path) {
        true => &[],
        false => &facts.surroundings.regions,
    };
    let mut needed = match facts.reading() {
        Some(reading) => targets(&reading.registry, regions),
        None => return Vec::new(),
    };
    if let PrivatePath::Yes = private_path(&facts.surroundings, path.id.vnet_key()) {
        needed.extend(private_targets(facts));
    }
    needed
}

/// Returns the addresses of the approved private endpoints, as far as they were read.
fn private_targets(facts: &Observations) -> Vec<Target> {
    let mut addresses = BTreeSet::new();
    let endpoints = facts.surroundings.dns.iter().flat_map(|dns| &dns.endpoints);
    for endpoint in endpoints.filter(|endpoint| endpoint.is_approved()) {
        if let Ok(place) = &endpoint.addresses {
            let texts = place.addresses.iter().map(|one| one.address.parse::<Cidr>());
            addresses.extend(texts.flatten());
        }
    }
    addresses.into_iter().map(private_target).collect()
}
