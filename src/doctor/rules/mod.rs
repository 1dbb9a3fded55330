//! Rules: what the facts of a registry mean. One row for each pair of a condition and the cause that it shows.

mod bypasses;
mod client;
mod cross_check;
mod events;
mod evidence;
mod firewall;
mod login;
mod network;
mod other_server;
mod outbound;
mod private_dns;
mod private_endpoints;
mod registry;
mod service;

use super::facts::Observations;
pub(super) use cross_check::explained;
pub(super) use evidence::{CauseRule, Evidence, Significance};

/// Returns the rules that can hold, in the order of the ladder: a cause further up comes first among equals. Those about
/// registries and their clients say nothing of a host that is not a registry of Azure.
pub(super) fn rules_for(facts: &Observations) -> impl Iterator<Item = &'static CauseRule> {
    let of_registries: &[&[CauseRule]] = match facts.is_foreign() {
        true => &[],
        false => &[
            firewall::RULES,
            login::RULES,
            client::RULES,
            private_dns::RULES,
            private_endpoints::RULES,
            outbound::RULES,
            service::RULES,
            events::RULES,
            registry::RULES,
            bypasses::RULES,
        ],
    };
    [client::NAME, other_server::RULES, network::RULES]
        .into_iter()
        .chain(of_registries.iter().copied())
        .flatten()
}
