//! The steps, in the order that leaves no client without access where Azure allows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Setting, Step, StepAction};
use crate::model::{Access, Mode, SubnetId};

/// Register the provider, turn on service endpoints, then one PATCH that carries rules and default action
/// together. The service refuses a subnet rule before the endpoint is on
/// (container-registry-vnet; error `NetworkRuleValidationError`).
///
/// `states` are the registration states of `Microsoft.ContainerRegistry` by subscription in lower case, as far as they
/// were read.
pub(crate) fn steps(
    changes: &[Change],
    states: &BTreeMap<String, String>,
    before: &Access,
) -> Vec<Step> {
    let mut steps = Vec::new();
    steps.extend(registrations(changes, states));
    for change in changes
        .iter()
        .filter(|change| change.path == Setting::ServiceEndpoints)
    {
        let mut subnets: Vec<SubnetId> = change
            .add
            .iter()
            .filter_map(|rule| SubnetId::parse(&rule.value).ok())
            .collect();
        subnets.sort();
        steps.extend(subnets.into_iter().map(|subnet| enable(subnet, before)));
    }
    let settings: Vec<Setting> = changes
        .iter()
        .map(|change| change.path)
        .filter(|path| *path != Setting::ServiceEndpoints)
        .collect();
    if !settings.is_empty() {
        let cost = patch_cost(changes, before);
        steps.push(Step {
            action: StepAction::PatchRegistry { settings },
            cost,
        });
    }
    steps
}

/// Subscriptions of subnets that gain a rule and that are known not to be registered.
fn registrations(changes: &[Change], states: &BTreeMap<String, String>) -> Vec<Step> {
    let added = changes
        .iter()
        .filter(|change| change.path == Setting::VirtualNetworkRules)
        .flat_map(|c| &c.add);
    let subscriptions: BTreeSet<String> = added
        .filter_map(|rule| SubnetId::parse(&rule.value).ok())
        .map(|id| id.subscription().to_ascii_lowercase())
        .filter(|subscription| {
            states
                .get(subscription)
                .is_some_and(|state| !state.eq_ignore_ascii_case("Registered"))
        })
        .collect();
    let step = |subscription| Step {
        action: StepAction::RegisterProvider { subscription },
        cost: None,
    };
    subscriptions.into_iter().map(step).collect()
}

/// Turning the endpoint on switches the subnet's source address from public to private (semantics of service
/// endpoints, container-registry-vnet).
fn enable(subnet: SubnetId, before: &Access) -> Step {
    let mut cost =
        String::from("the subnet's source address becomes private and its open connections drop");
    if matches!(before.mode(), Mode::SelectedNetworks { .. }) && !before.subnets.contains(&subnet) {
        cost += "; its clients that an IP rule admits today are shut out until the registry PATCH lands";
    }
    Step {
        action: StepAction::EnableServiceEndpoint { subnet },
        cost: Some(cost),
    }
}

/// What clients notice of the PATCH itself.
fn patch_cost(changes: &[Change], before: &Access) -> Option<String> {
    let mut costs = Vec::new();
    for change in changes {
        match change.path {
            Setting::DataEndpointEnabled => costs.push(
                "the host names of layer downloads change for every client: open client firewalls for the new names first"
                    .to_owned(),
            ),
            Setting::PublicNetworkAccess if change.after == Some("Disabled".into()) => costs.push(format!(
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
