//! The steps, in the order that leaves no client without access where Azure allows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Changes, Step, StepAction};
use crate::model::{Access, Mode, Setting, SubnetId};

/// Returns the steps of a plan: register the provider, turn on service endpoints, then one PATCH that carries rules and
/// default action together. The service refuses a subnet rule before the endpoint is on
/// (container-registry-vnet; error `NetworkRuleValidationError`).
///
/// `states` are the registration states of `Microsoft.ContainerRegistry` by subscription in lower case, as far as they
/// were read.
pub(crate) fn steps(changes: &Changes, states: &BTreeMap<String, String>, before: &Access) -> Vec<Step> {
    let mut steps = registrations(changes, states);
    // An endpoint must be on before the rule for its subnet can be written.
    if let Some(endpoints) = &changes.endpoints {
        let subnets = endpoints.add.iter().filter_map(|listed| listed.rule.subnet());
        steps.extend(subnets.map(|subnet| enable(subnet, before)));
    }
    if !changes.settings.is_empty() {
        let settings = changes.settings.iter().map(|change| change.path).collect();
        steps.push(Step {
            action: StepAction::PatchRegistry { settings },
            cost: patch_cost(&changes.settings, before),
        });
    }
    steps
}

/// Returns a step for each subscription of a new subnet rule that is known not to be registered.
fn registrations(changes: &Changes, states: &BTreeMap<String, String>) -> Vec<Step> {
    let mut unregistered = BTreeSet::new();
    for listed in changes.added(Setting::VirtualNetworkRules) {
        let Some(id) = listed.rule.subnet() else { continue };
        let subscription = id.subscription().to_ascii_lowercase();
        if let Some(state) = states.get(&subscription)
            && !state.eq_ignore_ascii_case("Registered")
        {
            unregistered.insert(subscription);
        }
    }
    let mut steps = Vec::new();
    for subscription in unregistered {
        steps.push(Step {
            action: StepAction::RegisterProvider { subscription },
            cost: None,
        });
    }
    steps
}

/// Returns the step that turns the endpoint on. It switches the subnet's source address from public to private (semantics
/// of service endpoints, container-registry-vnet).
fn enable(subnet: &SubnetId, before: &Access) -> Step {
    // Between this step and the PATCH, a client has its private address and no rule for it yet.
    let mut cost = String::from(
        "the subnet's source address becomes private for every registry and its open connections drop",
    );
    let in_force = matches!(
        before.mode(),
        Mode::SelectedNetworks { .. } | Mode::AllAddresses { .. }
    );
    if in_force && !before.lists_subnet(subnet) {
        cost += "; its clients that an IP rule admits today are shut out until the registry PATCH lands";
    }
    Step {
        action: StepAction::EnableServiceEndpoint {
            subnet: subnet.clone(),
        },
        cost: Some(cost),
    }
}

/// Returns what clients notice of the PATCH itself.
fn patch_cost(changes: &[Change], before: &Access) -> Option<String> {
    let mut costs = Vec::new();
    for change in changes {
        match change.path {
            Setting::DataEndpointEnabled => costs.push(
                "the host names of layer downloads change for every client: open client firewalls for the new names first"
                    .to_owned(),
            ),
            Setting::PublicNetworkAccess if change.word() == Some("Disabled") => costs.push(format!(
                "every public client loses access, {} over service endpoints included",
                subnet_count(before.subnets.len())
            )),
            _ => {}
        }
    }
    (!costs.is_empty()).then(|| costs.join("; "))
}

fn subnet_count(count: usize) -> String {
    match count {
        0 => "clients".to_owned(),
        1 => "1 subnet".to_owned(),
        _ => format!("{count} subnets"),
    }
}
