//! The state after a plan, what an undo can restore, and the guards that it would break.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::access::settings_after;
use super::{Basis, Change, Guard, LEFT_FORMAT, LeftState, Policy, RegistryPlan, diff, plan_registry};
use crate::live::held::{settings_without, settings_without_leases};
use crate::live::{LiveRegistry, LiveSubnet, Reading};
use crate::model::{FailureKind, Rule, Setting, SubnetId};
use crate::spec::{DeadSubnet, RegistrySpec};

impl LeftState {
    /// Describes the state after a plan that was applied and verified, or that had nothing to change.
    pub(crate) fn after(plan: &RegistryPlan, created: &str, run: &str, environment: &str) -> Self {
        let mut state = Basis {
            // What leases hold is not what the run leaves.
            settings: settings_without(&plan.unwanted_leases(), &plan.settings_after()),
            // They were read for the plan alone.
            egress: BTreeMap::new(),
            ..plan.basis.clone()
        };
        // An endpoint is on that was turned on, or for whose subnet the service took a rule.
        let turned_on = plan.changes.endpoints.iter().flat_map(|endpoints| &endpoints.add);
        let added = plan.changes.added(Setting::VirtualNetworkRules);
        for id in turned_on.chain(added).filter_map(|listed| listed.rule.subnet()) {
            state.subnets.insert(id.to_string(), Some(true));
        }
        Self {
            format: LEFT_FORMAT.to_owned(),
            created: created.to_owned(),
            run: run.to_owned(),
            environment: environment.to_owned(),
            id: plan.id.clone(),
            state,
            begun: None,
        }
    }

    /// Describes a registry to which a run is about to write. `live` is its state before that.
    pub(crate) fn begun(
        plan: &RegistryPlan,
        live: &LiveRegistry,
        created: &str,
        run: &str,
        environment: &str,
    ) -> Self {
        Self {
            state: Basis {
                subnets: plan.basis.subnets.clone(),
                settings: settings_without_leases(live),
                ..Basis::of(live)
            },
            begun: Some(plan.changes.clone()),
            ..Self::after(plan, created, run, environment)
        }
    }
}

/// Returns the guards that refuse the undo: the plan from the state after these changes to `wanted`.
/// Changes of others in between are not considered: the guards find those when the undo runs.
pub fn undo_guards(wanted: &RegistrySpec, live: &LiveRegistry, changes: &[Change]) -> Vec<Guard> {
    let after = LiveRegistry {
        settings: settings_after(&live.settings, changes),
        ..live.clone()
    };
    // Plan the undo without overrides.
    let back = plan_registry(wanted, &Reading::of(after), &Policy::default());
    let mut broken = Vec::new();
    for guard in Guard::ALL {
        if back.refusals.iter().any(|refusal| refusal.guard() == Some(guard)) {
            broken.push(guard);
        }
    }
    broken
}

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
    let (changes, _) = diff::changes(&without_new, reading, policy);
    let list_changes = changes
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
