//! The guard of `--only-change`: no other client may gain or lose access.

use super::case::{GuardCase, refusal};
use crate::model::{
    Access, AddressSet, Admitted, Client, Comparison, DecidedBy, OtherClient, Rule, SubnetId, decide,
    grouped,
};
use crate::plan::{Guard, Guards, Refusal};

/// The limit of this guard.
pub(crate) const LIMIT: &str = "only the clients of --only-change";

/// The direction in which a client moves, in words.
struct Direction<'a> {
    comparison: Comparison<'a>,
    verb: &'static str,
    subnets: &'a [SubnetId],
    others: &'a [OtherClient],
    unparsed: usize,
}

/// Refuses a change of access for each kind of client that is not named, with an example and what decides about it on both
/// sides.
pub(crate) fn others(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    if guards.only_change.is_empty() {
        return Vec::new();
    }
    let named: AddressSet = guards.only_change.iter().filter_map(Rule::cidr).collect();
    let forward = Comparison::new(case.before, case.after);
    let backward = forward.reversed();
    let access = case.access;
    let directions = [
        Direction {
            comparison: forward,
            verb: "gain",
            subnets: &access.subnets_opened,
            others: &access.others_opened,
            unparsed: access.unparsed_opened,
        },
        Direction {
            comparison: backward,
            verb: "lose",
            subnets: &access.subnets_closed,
            others: &access.others_closed,
            unparsed: access.unparsed_closed,
        },
    ];
    let mut refusals = Vec::new();
    for direction in &directions {
        refusals.extend(others_in(direction, case, guards, &named));
    }
    refusals
}

/// Refuses the clients that move in one direction and are not named.
fn others_in(
    direction: &Direction<'_>,
    case: &GuardCase<'_>,
    guards: &Guards,
    named: &AddressSet,
) -> Vec<Refusal> {
    let verb = direction.verb;
    let mut refusals = Vec::new();
    let addresses = direction.comparison.addresses_gained().difference(named);
    if let Some(first) = addresses.first() {
        let what = match addresses.len() {
            1 => "1 address that is not named".to_owned(),
            many => format!("{} addresses that are not named", grouped(many)),
        };
        refusals.push(moved(case, verb, &what, &Client::Address(first)));
    }
    for id in direction.subnets {
        if !guards.only_change.contains(&Rule::from(id.clone())) {
            let client = Client::Subnet(id.clone());
            refusals.push(moved(case, verb, &client.to_string(), &client));
        }
    }
    for kind in direction.others {
        let client = Client::Other(*kind);
        refusals.push(moved(case, verb, &client.to_string(), &client));
    }
    if direction.unparsed > 0 {
        refusals.push(refused(format!(
            "clients of {} rules that cannot be parsed may {verb} access",
            direction.unparsed
        )));
    }
    refusals
}

/// Makes the refusal of clients that gain or lose access. `example` is one of them.
fn moved(case: &GuardCase<'_>, verb: &str, what: &str, example: &Client) -> Refusal {
    let sides = [case.before, case.after];
    let known = sides
        .iter()
        .all(|side| decide(side, example).admitted != Admitted::Unknown);
    let would = if known { "would" } else { "may" };
    let [before, after] = sides.map(|side| decided(side, example));
    let example = match example {
        Client::Address(_) => format!(", such as {example}"),
        Client::Subnet(_) | Client::Other(_) => String::new(),
    };
    refused(format!(
        "{what} {would} {verb} access{example} (before: {before}; after: {after})"
    ))
}

fn refused(message: String) -> Refusal {
    refusal(Guard::OnlyChange, message.clone(), message, LIMIT.to_owned())
}

/// Says what decides about a client.
fn decided(access: &Access, client: &Client) -> String {
    let decision = decide(access, client);
    match decision.by {
        DecidedBy::Open => "open".to_owned(),
        DecidedBy::PublicAccess => "public access".to_owned(),
        DecidedBy::Rule(rule) => format!("rule {rule}"),
        DecidedBy::NoRule => "no rule".to_owned(),
        DecidedBy::Endpoint => endpoint(access, client).to_owned(),
        DecidedBy::Bypass if decision.admitted == Admitted::No => "no bypass".to_owned(),
        DecidedBy::Bypass => "the bypass".to_owned(),
        DecidedBy::Protocol => "the protocol of the endpoints".to_owned(),
    }
}

/// Says which state of the service endpoint decides about a subnet.
fn endpoint(access: &Access, client: &Client) -> &'static str {
    match client {
        Client::Subnet(id) if access.endpoints_unknown.contains(id) => {
            "its service endpoint is not known"
        }
        _ => "its service endpoint is off",
    }
}
