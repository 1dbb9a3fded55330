//! The part of an earlier state that a restore can bring back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Policy;
use super::diff::changes;
use crate::live::{LiveSubnet, Reading};
use crate::model::{FailureKind, Rule, Setting, SubnetId};
use crate::spec::{DeadSubnet, RegistrySpec};

/// Returns what a restore can bring back. Azure refuses the whole PATCH for one rule of a subnet that is gone or has no service
/// endpoint, unless the list stays as it is. Such a rule would admit no client, so the rest comes back without it. So it does
/// without rules that are new beside private endpoints.
pub(crate) fn restorable<'a>(
    wanted: &'a RegistrySpec,
    reading: &Reading,
    policy: &Policy,
) -> Cow<'a, RegistrySpec> {
    if !wanted.restore_hints.leaves_out_dead {
        return Cow::Borrowed(wanted);
    }
    let live = reading.registry.settings.rules(Setting::VirtualNetworkRules);
    let live: BTreeSet<&SubnetId> = live.unwrap_or_default().iter().filter_map(Rule::subnet).collect();
    let dead = dead_subnets(wanted, reading, &live);
    if dead.is_empty() {
        return Cow::Borrowed(wanted);
    }
    // Rules that are there already are sent only with a list that changes.
    let mut new = dead.clone();
    new.retain(|id, _| !live.contains(id));
    let without_new = wanted.without_dead(new);
    let (changed, _) = changes(&without_new, reading, policy);
    let list_changes = changed
        .settings
        .iter()
        .any(|change| change.path == Setting::VirtualNetworkRules);
    Cow::Owned(match list_changes {
        true => wanted.without_dead(dead),
        false => without_new,
    })
}

/// Returns the wanted subnets that Azure takes no rule for. `live` are those with a rule.
fn dead_subnets(
    wanted: &RegistrySpec,
    reading: &Reading,
    live: &BTreeSet<&SubnetId>,
) -> BTreeMap<SubnetId, DeadSubnet> {
    let mut dead = BTreeMap::new();
    let is_private = reading.registry.private_endpoint_connections > 0;
    let rules = wanted.settings.rules(Setting::VirtualNetworkRules);
    for id in rules
        .unwrap_or_default()
        .iter()
        .filter_map(|listed| listed.rule.subnet())
    {
        let beside_private = (is_private && !live.contains(id)).then_some(DeadSubnet::PrivateEndpoint);
        let by_itself = reading.subnets.get(id).and_then(dead_subnet);
        if let Some(why) = by_itself.or(beside_private) {
            dead.insert(id.clone(), why);
        }
    }
    dead
}

/// Returns the reason why Azure takes no rule for a subnet, if that is known.
fn dead_subnet(subnet: &LiveSubnet) -> Option<DeadSubnet> {
    match subnet {
        LiveSubnet::Present(subnet) => (!subnet.has_endpoint).then_some(DeadSubnet::EndpointOff),
        LiveSubnet::Unreadable(failure) => {
            (failure.kind == FailureKind::NotFound).then_some(DeadSubnet::Gone)
        }
    }
}

/// Returns the wanted subnets that a restore could not read, so that it does not know if Azure takes their rules.
pub(crate) fn unread(wanted: &RegistrySpec, reading: &Reading) -> BTreeSet<SubnetId> {
    let mut unread = BTreeSet::new();
    if !wanted.restore_hints.leaves_out_dead {
        return unread;
    }
    let rules = wanted.settings.rules(Setting::VirtualNetworkRules);
    for id in rules
        .unwrap_or_default()
        .iter()
        .filter_map(|listed| listed.rule.subnet())
    {
        if matches!(reading.subnets.get(id), Some(LiveSubnet::Unreadable(_))) {
            unread.insert(id.clone());
        }
    }
    unread
}
