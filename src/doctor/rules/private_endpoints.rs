//! Rules about private endpoints that do not work: their connection is not approved, or the network does not find them.

use super::cross_check::public_access_disabled;
use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{N11, WRONG_PRIVATE_DNS};
use crate::doctor::facts::{Observations, PrivateConnection};
use crate::doctor::private_connections::mending;
use crate::doctor::private_names::{ZoneState, private_names, unlinked_from, zone_of_clients};
use crate::doctor::steps::Step;
use crate::doctor::subnet_answer::{is_private, subnet_answer};
use crate::doctor::types::Confidence::{High, Medium};
use crate::live::surroundings::{PrivateEndpoint, SubnetPath};
use crate::plan::Answer;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: N11,
        find: connection_is_not_approved,
        steps: &[Step::PrivateEndpoints, Step::PrivateZone, Step::PrivateDns],
    },
    CauseRule {
        cause: N11,
        find: endpoint_of_the_network_is_unused,
        steps: &[Step::RegistrysAnswer],
    },
    CauseRule {
        cause: WRONG_PRIVATE_DNS,
        find: subnet_finds_no_name,
        steps: &[Step::RegistrysAnswer],
    },
];

/// Returns what shows that a connection does not work, with the commands that mend it alone.
pub(super) fn not_approved(facts: &Observations, connection: &PrivateConnection) -> Evidence {
    let mut found = Evidence::cause(High);
    if let Some(endpoint) = &connection.endpoint {
        found = found.fact("private endpoint", endpoint);
    }
    found = found.fact("connection", format!("{}: {}", connection.name, connection.state));
    for command in mending(facts, connection) {
        found = found.remedy(command);
    }
    found
        .because("a private endpoint carries traffic only while its connection is approved")
        .only_these()
}

/// Returns the connection of an endpoint.
fn connection_of(facts: &Observations, endpoint: &PrivateEndpoint) -> Option<PrivateConnection> {
    let all = PrivateConnection::all(facts).into_iter();
    let mut own = all.filter(|one| one.endpoint.as_ref() == Some(&endpoint.id));
    own.next()
}

fn connection_is_not_approved(facts: &Observations) -> Option<Evidence> {
    let network = facts.surroundings.network.as_ref()?;
    let names = private_names(facts, &network.id)?;
    let waiting = names
        .endpoints
        .into_iter()
        .find(|endpoint| !endpoint.is_approved())?;
    Some(not_approved(facts, &connection_of(facts, waiting)?))
}

fn path(facts: &Observations) -> Option<&SubnetPath> {
    facts.surroundings.subnet.as_ref()?.path.as_ref().ok()
}

/// Finds a private endpoint that does not admit the clients of the subnet: it is not approved, or no zone of their network leads to
/// it.
pub(super) fn endpoint_of_the_network_is_unused(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    let admitted = subnet_answer(facts).is_some_and(|explained| explained.answer == Answer::Allowed);
    if admitted || is_private(facts, path) {
        return None;
    }
    let dns = facts.surroundings.dns.as_ref()?;
    let endpoint = dns.endpoints.iter().find(|endpoint| {
        let place = endpoint.addresses.as_ref();
        place.is_ok_and(|place| place.is_in(path.id.vnet_key()))
    });
    // A registry without public access is reached through an endpoint of another network.
    let elsewhere = dns.endpoints.iter().find(|endpoint| endpoint.is_approved());
    let endpoint = match endpoint {
        Some(endpoint) => endpoint,
        None if public_access_disabled(facts) => elsewhere?,
        None => return None,
    };
    if !endpoint.is_approved() {
        return Some(not_approved(facts, &connection_of(facts, endpoint)?));
    }
    // DNS servers of one's own can know the address without a zone.
    let vnet = path.id.vnet();
    let ZoneState::Faulty { faults, remedies } = unlinked_from(facts, &vnet) else {
        return None;
    };
    let mut found = Evidence::cause(Medium)
        .fact("private endpoint", &endpoint.id)
        .fact("private zone", faults.join("; "));
    for remedy in remedies {
        found = found.remedy(remedy);
    }
    if let Ok(place) = &endpoint.addresses
        && !place.is_in(path.id.vnet_key())
    {
        found = found
            .fact("subnet of the private endpoint", &place.subnet)
            .remedy(
                "and peer the network of the subnet with that of the private endpoint, if it is not",
            );
    }
    Some(
        found
            .because("no private zone of the subnet's network leads to the endpoint")
            .only_these(),
    )
}

/// Finds a zone that is linked to the network of the subnet and lacks a name of the registry.
fn subnet_finds_no_name(facts: &Observations) -> Option<Evidence> {
    let path = path(facts)?;
    if !is_private(facts, path) {
        return None;
    }
    let ZoneState::Faulty { faults, remedies } = zone_of_clients(facts, path.id.vnet_key())? else {
        return None;
    };
    let mut found = Evidence::cause(High).fact("subnet", &path.id);
    for fault in faults {
        found = found.fact("private zone", fault);
    }
    for remedy in remedies {
        found = found.remedy(remedy);
    }
    Some(found)
}
