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

pub(super) use evidence::{CauseRule, Evidence, Significance};

/// Returns every rule, in the order of the ladder: a cause further up comes first among equals.
pub(super) fn all_rules() -> impl Iterator<Item = &'static CauseRule> {
    [
        client::NAME,
        other_server::RULES,
        network::RULES,
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
    ]
    .into_iter()
    .flatten()
}
