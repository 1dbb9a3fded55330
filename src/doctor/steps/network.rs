//! Steps of a virtual network to the private endpoints of the registry.

use super::status::{status_of, unjudged, unread};
use crate::doctor::facts::{AskedNetwork, Observations, RegistryView};
use crate::doctor::private_names::{PrivateNames, ZoneState, private_names};
use crate::doctor::steps::Step;
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung};

pub(super) fn steps(facts: &Observations, network: &AskedNetwork) -> Vec<Rung> {
    let mut rungs = Vec::new();
    if let Some(failure) = facts.surroundings.unread_network(network) {
        rungs.push(unread(Step::Network, failure));
    }
    match private_names(facts, &network.id) {
        Some(names) => rungs.extend([
            endpoints(network, &names),
            zone(facts, network, &names),
            dns(network, &names),
        ]),
        None => rungs.push(without_endpoints(facts)),
    }
    rungs
}

/// Returns the step of a registry whose private endpoints were not looked for.
fn without_endpoints(facts: &Observations) -> Rung {
    match &facts.registry {
        RegistryView::Read(_) => Rung::new(Step::PrivateEndpoints, Failed, "the registry has none"),
        RegistryView::Unread(failure) => unread(Step::PrivateEndpoints, failure),
        RegistryView::NotAsked => Rung::new(Step::PrivateEndpoints, Skipped, "Azure was not asked"),
    }
}

fn endpoints(network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    let mut seen = Vec::new();
    for (host, addresses) in &names.expected {
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        seen.push(Fact::new(host, addresses.join(" or ")));
    }
    for endpoint in &names.endpoints {
        seen.push(Fact::new(
            "connection",
            format!("{}: {}", endpoint.id.name(), endpoint.state),
        ));
    }
    let found = names.endpoints.len();
    // One more may be in the network, and may have the names that the others lack.
    if let Some(failure) = names.unread.first()
        && found < 2
    {
        return unread(Step::PrivateEndpoints, failure).with(seen);
    }
    let result = format!("{found} in {}", network.id.name());
    let well = found == 1 && names.without_address.is_empty();
    Rung::new(Step::PrivateEndpoints, status_of(well), result).with(seen)
}

fn zone(facts: &Observations, network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    if names.expected.is_empty() {
        return zone_alone(facts, network, names);
    }
    match names.zone_state(network) {
        ZoneState::Unjudged(why) => Rung {
            // Where every name leads there, no zone has to.
            unjudged: !lead_there(network, names),
            ..unjudged(Step::PrivateZone, &why)
        },
        ZoneState::Right => Rung::new(Step::PrivateZone, Passed, "linked, with the right records"),
        ZoneState::Faulty { faults, .. } => {
            // Other DNS servers can know the right addresses.
            let status = if lead_there(network, names) {
                Skipped
            } else {
                Failed
            };
            Rung::new(Step::PrivateZone, status, faults.join("; "))
        }
    }
}

/// Returns true if every name leads to its endpoint, as far as this machine asks.
fn lead_there(network: &AskedNetwork, names: &PrivateNames<'_>) -> bool {
    !network.lookups.is_empty()
        && names.wrong_lookups(network).is_empty()
        && names.unanswered_lookups(network).is_empty()
}

/// Returns the step of a zone where no address of an endpoint is known: it is seen, and cannot be judged.
fn zone_alone(facts: &Observations, network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    if let ZoneState::Unjudged(why) = names.zone_state(network) {
        return unjudged(Step::PrivateZone, &why);
    }
    let mut seen = Vec::new();
    if let Some(host) = facts.host() {
        for address in names.records(network, &host) {
            seen.push(Fact::new(&host, address));
        }
    }
    let result = match (names.is_linked(network), names.unread.is_empty()) {
        (true, true) => "linked; the network has no private endpoint to compare it with",
        (true, false) => "linked; the addresses of the private endpoints are not known",
        (false, _) => "not linked to the network",
    };
    let rung = Rung::new(Step::PrivateZone, Skipped, result).with(seen);
    Rung {
        unjudged: !names.unread.is_empty(),
        ..rung
    }
}

fn dns(network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    let mut seen = Vec::new();
    if names.expected.is_empty() {
        for (host, lookup) in &network.lookups {
            seen.push(Fact::new(host, lookup.addresses_in_words()));
        }
        let rung = match names.unread.first() {
            Some(failure) => unread(Step::PrivateDns, failure),
            None => Rung::new(
                Step::PrivateDns,
                Skipped,
                "the network has no private endpoint to compare the names with",
            ),
        };
        return rung.with(seen);
    }
    let wrong = names.wrong_lookups(network);
    for (host, what) in &wrong {
        seen.push(Fact::new(host, what));
    }
    let unanswered = names.unanswered_lookups(network);
    for (host, what) in &unanswered {
        seen.push(Fact::new(host, what));
    }
    let all = names.compared_lookups(network);
    let (status, mut result) = match (all, wrong.len(), unanswered.len()) {
        (0, _, _) => (Skipped, "no name to look up".to_owned()),
        (all, 0, 0) => (Passed, format!("{all} names lead there")),
        (all, 0, unanswered) => (Skipped, format!("no answer for {unanswered} of {all} names")),
        (all, wrong, _) => (
            Failed,
            format!("{wrong} of {all} names lead elsewhere, from this machine"),
        ),
    };
    if !wrong.is_empty() && !unanswered.is_empty() {
        result += &format!(", and {} have no answer", unanswered.len());
    }
    Rung {
        unjudged: status == Skipped && all > 0,
        ..Rung::new(Step::PrivateDns, status, result).with(seen)
    }
}
