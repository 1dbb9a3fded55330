//! Rules about the firewall of the registry, and the hosts behind it.

use std::net::{IpAddr, Ipv4Addr};

use super::cross_check::{explained, public_access_disabled, with_cross_check};
use super::evidence::{CauseRule, Evidence};
use super::network::{direct_lookup, is_private_zone_name};
use super::private_dns::zone_of_network;
use super::private_endpoints::not_approved;
use crate::doctor::causes::{N5A, N11, NC2, NX1, NX5, NX7, S19, TOO_MANY};
use crate::doctor::facts::{Observations, PrivateConnection, PrivateEndpoints, Via};
use crate::doctor::private_names::ZoneState;
use crate::doctor::private_path::Unjudged;
use crate::doctor::steps::Step;
use crate::doctor::subnet_answer;
use crate::doctor::types::Confidence::{High, Medium};
use crate::model::{Cidr, Client, OtherClient, Setting};
use crate::plan::Answer as Admission;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: N11,
        find: private_path_is_broken,
        steps: &[Step::Answer, Step::Tcp, Step::Tls],
    },
    CauseRule {
        cause: S19,
        find: not_in_effect_yet,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: NX7,
        find: subnet_without_rule,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: NX1,
        find: disabled_with_subnet_rules,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: N5A,
        find: refused_behind_a_proxy,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: NC2,
        find: refused_by_the_firewall,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: NC2,
        find: refused_over_ipv6,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: TOO_MANY,
        find: too_many_requests,
        steps: &[Step::Answer],
    },
    CauseRule {
        cause: NX5,
        find: other_endpoint_unreachable,
        steps: &[Step::OtherHosts],
    },
];

fn private_path_is_broken(facts: &Observations) -> Option<Evidence> {
    let endpoint = facts.login_server.as_ref()?;
    let lookup = direct_lookup(facts)?;
    let connection = endpoint.connection.as_ref()?;
    if is_private_zone_name(facts) {
        let found = Evidence::cause(High).fact("name", &endpoint.host);
        return Some(
            found.remedy("use the registry's own name: the certificate has no privatelink name"),
        );
    }
    if lookup.is_private() && !connection.is_connected() {
        return Some(
            Evidence::cause(High)
                .fact("addresses", lookup.addresses_in_words())
                .fact("TCP", connection.tcp_in_words()),
        );
    }
    let refused = facts.answer().is_some_and(|answer| answer.denied.is_some());
    let private = PrivateEndpoints::of(facts);
    if !(refused && public_access_disabled(facts) && private.total > 0 && !lookup.is_private()) {
        return None;
    }
    // The zone of a connection that is not approved leads nowhere.
    let found = match PrivateConnection::all(facts).first() {
        Some(first) if private.approved == 0 => not_approved(facts, first),
        _ => Evidence::cause(High).fact("private endpoint connections", private.in_words()),
    };
    let found = found.fact("public network access", "disabled");
    // Where the address to connect to is given, no name was looked up.
    let found = match lookup.addresses.is_empty() {
        true => found,
        false => found.fact("addresses", lookup.addresses_in_words()),
    };
    Some(match private.approved {
        0 => found,
        _ => with_zone(facts, found),
    })
}

/// Adds what helps where the private zone of the network of `--vnet` is known.
fn with_zone(facts: &Observations, mut found: Evidence) -> Evidence {
    match zone_of_network(facts) {
        Some(ZoneState::Right) => found
            .fact("private zone", "linked to the network, with the right records")
            .because("this machine does not ask the private zone of the network, so it finds the public address")
            .remedy("run this on a machine in the network")
            .remedy("or let the DNS servers that this machine asks forward the zone to 168.63.129.16")
            .only_these(),
        Some(ZoneState::Faulty { faults, remedies }) => {
            for fault in faults {
                found = found.fact("private zone", fault);
            }
            for remedy in remedies {
                found = found.remedy(remedy);
            }
            found.only_these()
        }
        Some(ZoneState::Unjudged(Unjudged::OwnServers(servers))) => found
            .fact("DNS servers of the network", servers.join(", "))
            .because("the DNS servers of the network answer with the public address, or this machine asks others")
            .remedy("run this on a machine in the network")
            .remedy("let the DNS servers of the network forward the zone to 168.63.129.16, from a network that the zone is linked to")
            .only_these(),
        Some(ZoneState::Unjudged(_)) | None => found,
    }
}

/// Returns the IPv4 address that the registry refused.
fn denied(facts: &Observations) -> Option<Cidr> {
    facts.answer()?.denied_range()
}

fn not_in_effect_yet(facts: &Observations) -> Option<Evidence> {
    let address = denied(facts)?;
    let explained = explained(facts, address)?;
    if explained.answer != Admission::Allowed {
        return None;
    }
    let found = with_cross_check(facts, address, Evidence::cause(High));
    match &explained.rule {
        Some(rule) => Some(found.fact("rule that admits it", &rule.rule)),
        None => Some(found),
    }
}

fn is_admitted_by_settings(facts: &Observations, address: Cidr) -> bool {
    explained(facts, address).is_some_and(|explained| explained.answer == Admission::Allowed)
}

fn subnet_without_rule(facts: &Observations) -> Option<Evidence> {
    let address = denied(facts)?;
    if public_access_disabled(facts) || !is_over_endpoint(address) {
        return None;
    }
    let mut found = Evidence::cause(High).fact("address that the registry saw", address);
    found.address = Some(Ipv4Addr::from(address.first()).into());
    Some(found)
}

/// Returns true if the registry saw an address of a network: the request came over a service endpoint. A sandbox sees those of
/// this machine.
fn is_over_endpoint(address: Cidr) -> bool {
    address.special_use().is_some() && !Ipv4Addr::from(address.first()).is_loopback()
}

fn has_subnet_rules(facts: &Observations) -> bool {
    let reading = facts.reading();
    let rules =
        reading.and_then(|reading| reading.registry.settings.rules(Setting::VirtualNetworkRules));
    rules.is_some_and(|rules| !rules.is_empty())
}

fn disabled_with_subnet_rules(facts: &Observations) -> Option<Evidence> {
    let reading = facts.reading()?;
    let subnets = reading.registry.settings.rules(Setting::VirtualNetworkRules)?;
    if subnets.is_empty() || !public_access_disabled(facts) {
        return None;
    }
    let found = match denied(facts) {
        Some(address) => {
            let confidence = if is_over_endpoint(address) { High } else { Medium };
            Evidence::cause(confidence).fact("address that the registry saw", address)
        }
        None => Evidence::note(),
    };
    Some(found.fact("subnet rules", subnets.len()))
}

fn refused_behind_a_proxy(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    let answer = facts.answer()?;
    if answer.status == 403 && answer.denied.is_none() {
        let mut found = Evidence::cause(Medium).fact("GET /v2/", "403 that names no client address");
        if let Via::Proxy { .. } = connection.via {
            found = found.fact("proxy", connection.via.in_words());
        }
        let own = match answer.from_registry {
            true => "it has the form of a registry's error",
            false => "it does not have the form of a registry's error",
        };
        return Some(found.fact("answer", own));
    }
    let address = denied(facts)?;
    if !connection.has_proxy() || is_admitted_by_settings(facts, address) {
        return None;
    }
    let found = Evidence::cause(High).fact("proxy", connection.via.in_words());
    Some(with_cross_check(facts, address, found))
}

fn refused_by_the_firewall(facts: &Observations) -> Option<Evidence> {
    let address = denied(facts)?;
    let connection = facts.connection()?;
    let other = connection.has_proxy()
        || is_admitted_by_settings(facts, address)
        || subnet_without_rule(facts).is_some()
        || is_over_endpoint(address) && has_subnet_rules(facts)
        || private_path_is_broken(facts).is_some();
    if other {
        return None;
    }
    if is_over_endpoint(address) {
        let mut found = Evidence::cause(High).fact("address that the registry saw", address);
        found.address = Some(Ipv4Addr::from(address.first()).into());
        let found = found.fact("public network access", "disabled");
        return Some(over_private_endpoint(found));
    }
    let found = with_cross_check(facts, address, Evidence::cause(High));
    if facts.reading().is_none() {
        return Some(with_unknown_settings(facts, found));
    }
    // A rule alone would not help.
    Some(match public_access_disabled(facts) {
        true => found
            .remedy("see why: `ringfence explain {name} --from {client}`")
            .only_these(),
        false => found,
    })
}

/// Adds what helps a client of a service endpoint, which disabled public network access cuts off.
fn over_private_endpoint(found: Evidence) -> Evidence {
    found
        .because(
            "the request came over a service endpoint, which disabled public network access cuts off",
        )
        .remedy("let the client come through a private endpoint")
        .only_these()
}

/// Adds what helps where the settings are not known: a rule counts only while public network access is enabled.
fn with_unknown_settings(facts: &Observations, found: Evidence) -> Evidence {
    let found = found.remedy(
        "ask the owner of the registry, or sign in with an account that reads it: `ringfence explain {name} --from {client}`",
    );
    // The question about a network is one about private endpoints.
    let found = match &facts.surroundings.network {
        Some(_) => found,
        None => found.remedy("if its public network access is enabled, for good: `{add_address}`"),
    };
    found.only_these()
}

/// Finds a refusal of an IPv6 address, which no rule can name.
fn refused_over_ipv6(facts: &Observations) -> Option<Evidence> {
    let address = facts.answer()?.denied.filter(IpAddr::is_ipv6)?;
    let mut found = Evidence::cause(High).fact("address that the registry saw", address);
    found.address = Some(address);
    let explained = facts.reading().and_then(|reading| {
        let client = Client::Other(OtherClient::Ipv6);
        subnet_answer::explained(reading, client)
    });
    for reason in explained.iter().flat_map(|explained| &explained.reasons) {
        found = found.fact("settings", &reason.finding);
    }
    Some(found)
}

fn too_many_requests(facts: &Observations) -> Option<Evidence> {
    let answer = facts.answer()?;
    (answer.status == 429).then(|| Evidence::cause(Medium).fact("GET /v2/", 429))
}

/// Finds a host of layers that cannot be reached, while the login server can.
fn other_endpoint_unreachable(facts: &Observations) -> Option<Evidence> {
    facts.answer()?;
    let mut found: Option<Evidence> = None;
    for endpoint in &facts.other_endpoints {
        if let Some(why) = endpoint.failure() {
            let so_far = found.unwrap_or_else(|| Evidence::cause(High));
            found = Some(so_far.fact(&endpoint.host, why));
        }
    }
    found
}
