//! The steps, in the order that leaves no client without access where Azure allows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Changes, Step, StepAction};
use crate::model::{Access, Admitted, Client, Mode, Rule, Setting, SubnetId, decide};

/// Returns the steps of a plan: register the provider, turn on service endpoints, then one PATCH that carries rules and
/// default action together. The service refuses a subnet rule before the endpoint is on
/// (container-registry-vnet; error `NetworkRuleValidationError`).
///
/// `states` are the registration states of `Microsoft.ContainerRegistry` by subscription in lower case, as far as they
/// were read.
pub(crate) fn steps(
    changes: &Changes,
    states: &BTreeMap<String, String>,
    before: &Access,
    after: &Access,
) -> Vec<Step> {
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
            cost: patch_cost(&changes.settings, before, after),
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
    let admitted = decide(before, &Client::Subnet(subnet.clone())).admitted;
    if in_force && !before.lists_subnet(subnet) && admitted != Admitted::No {
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
fn patch_cost(changes: &[Change], before: &Access, after: &Access) -> Option<String> {
    let mut costs = Vec::new();
    for change in changes {
        match change.path {
            Setting::DataEndpointEnabled => costs.push(
                "the host names of layer downloads change for every client: open client firewalls for the new names first"
                    .to_owned(),
            ),
            // By the decisions: below Premium the registry stays open, and a closed one has no client to lose.
            Setting::PublicNetworkAccess
                if before.admits_anyone() > after.admits_anyone()
                    && after.admits_anyone() == Admitted::No =>
            {
                costs.push(format!(
                    "every public client loses access, {} over service endpoints included",
                    subnet_count(admitted_subnets(before))
                ));
            }
            _ => {}
        }
    }
    (!costs.is_empty()).then(|| costs.join("; "))
}

/// Counts the listed subnets that get in.
fn admitted_subnets(access: &Access) -> usize {
    let mut count = 0;
    for id in access.subnets.iter().filter_map(Rule::subnet) {
        let decision = decide(access, &Client::Subnet(id.clone()));
        count += usize::from(decision.admitted != Admitted::No);
    }
    count
}

fn subnet_count(count: usize) -> String {
    match count {
        0 => "clients".to_owned(),
        1 => "1 subnet".to_owned(),
        _ => format!("{count} subnets"),
    }
}
