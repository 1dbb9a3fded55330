//! Steps of a virtual network to the private endpoints of the registry.

use super::status::status_of;
use crate::doctor::facts::{AskedNetwork, Observations};
use crate::doctor::private_names::{PrivateNames, ZoneState, private_names};
use crate::doctor::steps::Step;
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung};

pub(super) fn steps(facts: &Observations, network: &AskedNetwork) -> Vec<Rung> {
    let Some(names) = private_names(facts, &network.id) else {
        return vec![Rung::new(Step::PrivateEndpoints, Skipped, "not read")];
    };
    vec![
        endpoints(network, &names),
        zone(network, &names),
        dns(network, &names),
    ]
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
    let result = format!("{} in {}", names.endpoints.len(), network.id.name());
    let well = names.endpoints.len() == 1 && names.without_address.is_empty();
    Rung::new(Step::PrivateEndpoints, status_of(well), result).with(seen)
}

fn zone(network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    match names.zone_state(network) {
        _ if names.expected.is_empty() => Rung::new(Step::PrivateZone, Skipped, "not reached"),
        ZoneState::Unknown => Rung::new(Step::PrivateZone, Skipped, "none that this account sees"),
        ZoneState::Right => Rung::new(Step::PrivateZone, Passed, "linked, with the right records"),
        ZoneState::Faulty { faults, .. } => {
            // Other DNS servers can know the right addresses.
            let resolved = !network.lookups.is_empty() && names.wrong_lookups(network).is_empty();
            let status = if resolved { Skipped } else { Failed };
            Rung::new(Step::PrivateZone, status, faults.join("; "))
        }
    }
}

fn dns(network: &AskedNetwork, names: &PrivateNames<'_>) -> Rung {
    let wrong = names.wrong_lookups(network);
    let mut seen = Vec::new();
    for (host, what) in &wrong {
        seen.push(Fact::new(host, what));
    }
    match (network.lookups.is_empty(), wrong.len()) {
        (true, _) => Rung::new(Step::PrivateDns, Skipped, "no name to look up"),
        (false, 0) => Rung::new(
            Step::PrivateDns,
            Passed,
            format!("{} names lead there", network.lookups.len()),
        ),
        (false, wrong) => {
            let all = network.lookups.len();
            Rung::new(
                Step::PrivateDns,
                Failed,
                format!("{wrong} of {all} names lead elsewhere, from this machine"),
            )
        }
    }
    .with(seen)
}
