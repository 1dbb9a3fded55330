//! The part of an earlier state that a restore can bring back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Policy;
use super::diff::changes;
use crate::live::{LiveSubnet, Reading};
use crate::model::{FailureKind, Rule, Setting, SubnetId};
use crate::spec::{DeadSubnet, RegistrySpec};

/// Returns what a restore can bring back. Azure refuses the whole PATCH for one rule of a subnet that is gone or has no service
/// endpoint, unless the list stays as it is. Such a rule would admit no client, so the rest comes back without it.
pub(crate) fn restorable<'a>(
    wanted: &'a RegistrySpec,
    reading: &Reading,
    policy: &Policy,
) -> Cow<'a, RegistrySpec> {
    let dead = dead_subnets(wanted, reading);
    if dead.is_empty() {
        return Cow::Borrowed(wanted);
    }
    let live = reading.registry.settings.rules(Setting::VirtualNetworkRules);
    let live: BTreeSet<&SubnetId> = live.unwrap_or_default().iter().filter_map(Rule::subnet).collect();
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

/// Returns the wanted subnets that Azure takes no rule for, if this is a restore.
fn dead_subnets(wanted: &RegistrySpec, reading: &Reading) -> BTreeMap<SubnetId, DeadSubnet> {
    let mut dead = BTreeMap::new();
    if !wanted.restore_hints.leaves_out_dead {
        return dead;
    }
    let rules = wanted.settings.rules(Setting::VirtualNetworkRules);
    for listed in rules.unwrap_or_default() {
        if let Some(id) = listed.rule.subnet()
            && let Some(why) = reading.subnets.get(id).and_then(dead_subnet)
        {
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
