//! Checks of a restore: what it leaves as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{CheckInput, Found};
use super::rules::first_few;
use crate::live::LiveSubnet;
use crate::model::{DefaultAction, FailureKind, Rule, Setting, SubnetId};
use crate::spec::{DeadSubnet, Origin};

/// Subnets that have a note each, with a command to copy. More of them share one.
const MOST_NOTES: usize = 3;

/// Notes what a restore does not bring back: rules that are gone and that no spec can want, and settings that the snapshot
/// does not show.
pub(super) fn not_restored(input: &CheckInput<'_>) -> Vec<Found> {
    let hints = &input.wanted.restore_hints;
    let mut found = Vec::new();
    // Those that are still live stay, so there is nothing to say of them.
    let live: BTreeSet<&Rule> = input.live().settings.all_rules().collect();
    let mut gone = Vec::new();
    for rule in &hints.keep {
        if !live.contains(rule) {
            gone.push(rule);
        }
    }
    if !gone.is_empty() {
        found.push(Found::note(format!(
            "the snapshot has rules that are neither IPv4 ranges nor subnet ids; they are not restored: {}",
            first_few(gone)
        )));
    }
    for setting in &hints.unshown {
        found.push(Found::note(format!(
            "the snapshot does not show `{}`, which its api-version hid: it stays as it is",
            setting.spec_key()
        )));
    }
    for (id, why) in &hints.dead {
        found.push(Found::note(dead(id, *why)));
    }
    found
}

/// Says why the rule of a subnet is not restored, and how to bring it back.
fn dead(id: &SubnetId, why: DeadSubnet) -> String {
    let name = id.short();
    match why {
        DeadSubnet::Gone => format!(
            "the rule of subnet {name} is not restored: the subnet does not exist, and Azure takes no list with such a rule; \
             create the subnet with its service endpoint and restore again to bring it back"
        ),
        DeadSubnet::EndpointOff => format!(
            "the rule of subnet {name} is not restored: its service endpoint is off, so Azure does not take the rule, and a \
             restore writes no subnet. To bring it back, turn the endpoint on, name the other endpoints too, and restore \
             again: az network vnet subnet update --ids {id} --service-endpoints Microsoft.ContainerRegistry [NAME …]"
        ),
        DeadSubnet::PrivateEndpoint => format!(
            "the rule of subnet {name} is not restored: the registry has private endpoints, and Azure does not support subnet \
             rules beside them (container-registry-vnet); to bring it back, remove the private endpoints and restore again"
        ),
    }
}

/// Notes a setting that is wanted open and that the api-version does not show.
pub(super) fn not_shown(input: &CheckInput<'_>) -> Vec<Found> {
    let setting = Setting::PublicNetworkAccess;
    let shown = input.live().settings.get(setting).is_some();
    // Where nothing else is to be done, it is refused.
    let refused = input.changes.is_empty();
    if !input.opens || shown || refused || !input.wanted.settings.manages(setting) {
        return Vec::new();
    }
    let version = &input.live().api_version;
    vec![Found::note(format!(
        "api-version `{version}` does not show `publicNetworkAccess`: it stays as it is, and if it is `Disabled`, no \
         public client gets in"
    ))]
}

/// Notes that an Azure Policy may refuse an open registry.
pub(super) fn policy_may_deny(input: &CheckInput<'_>) -> Vec<Found> {
    if !input.opens || input.changes.is_empty() {
        return Vec::new();
    }
    vec![Found::note(
        "where the Azure Policy against unrestricted network access (d0793b48-0edc-4296-a390-4c75d1bdfd71) has the \
         effect Deny, Azure refuses this",
    )]
}

/// Notes that service endpoints stay on. Under `Deny`, that matters to each subnet whose rule goes: its clients keep their
/// private source addresses (container-registry-vnet).
pub(super) fn endpoints_stay(input: &CheckInput<'_>) -> Vec<Found> {
    if input.opens {
        return vec![Found::note(
            "service endpoints on subnets stay on: other registries and services may use them",
        )];
    }
    let mut found = removed_subnets(input);
    for id in &input.wanted.restore_hints.endpoints {
        found.push(Found::note(format!(
            "the run of the snapshot turned on the service endpoint of subnet {}, or was about to: a restore leaves it as \
             it is. {}",
            id.short(),
            while_on(id)
        )));
    }
    found
}

/// Says what an endpoint does to the clients of its subnet, and how to turn it off.
fn while_on(id: &SubnetId) -> String {
    format!(
        "While it is on, no IP rule matches the subnet's clients; to turn it off, name the endpoints that stay: az network \
         vnet subnet update --ids {id} --service-endpoints [NAME …]"
    )
}

fn removed_subnets(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    // An open registry admits them from any address. A command says it all the same: its user follows the article.
    if input.after.default_action == DefaultAction::Allow && input.wanted.origin != Origin::Flags {
        return found;
    }
    let mut staying: BTreeMap<&str, Vec<&SubnetId>> = BTreeMap::new();
    for listed in input.changes.removed(Setting::VirtualNetworkRules) {
        if let Some(id) = listed.rule.subnet()
            && !input.wanted.restore_hints.endpoints.contains(id)
            && let Some(stays) = stays_on(input, id)
        {
            staying.entry(stays).or_default().push(id);
        }
    }
    for (stays, ids) in staying {
        if ids.len() > MOST_NOTES {
            found.push(Found::note(several_stay(stays, &ids)));
            continue;
        }
        for id in ids {
            found.push(Found::note(format!(
                "the service endpoint of subnet {} {stays}. {}",
                id.short(),
                while_on(id)
            )));
        }
    }
    found
}

/// Says the same of many subnets.
fn several_stay(stays: &str, ids: &[&SubnetId]) -> String {
    let names: Vec<String> = ids.iter().map(|id| id.short()).collect();
    format!(
        "the service endpoint of each of these subnets {stays}: {}. While it is on, no IP rule matches the subnet's clients; to \
         turn one off, name the endpoints that stay: az network vnet subnet update --ids SUBNET_ID --service-endpoints [NAME …]",
        names.join(", ")
    )
}

/// Says that an endpoint stays on, as far as the subnet was read. Returns `None` if it is off or its subnet is gone.
fn stays_on(input: &CheckInput<'_>, id: &SubnetId) -> Option<&'static str> {
    if input.turned_on.contains_key(id) {
        return Some("is turned on by this run for another registry");
    }
    match input.reading.subnets.get(id) {
        Some(LiveSubnet::Present(subnet)) => subnet.has_endpoint.then_some("stays on"),
        Some(LiveSubnet::Unreadable(failure)) if failure.kind == FailureKind::NotFound => None,
        Some(LiveSubnet::Unreadable(_)) | None => Some("stays on if it is on, which was not read"),
    }
}

/// Notes that private endpoints stay in place.
pub(super) fn private_endpoints_stay(input: &CheckInput<'_>) -> Vec<Found> {
    if !input.opens || input.live().private_endpoint_connections == 0 {
        return Vec::new();
    }
    vec![Found::note(
        "private endpoints stay, and keep resolving to private addresses",
    )]
}
