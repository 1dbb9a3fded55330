//! The comparison itself: which managed settings differ.

use serde_json::{Value, json};

use super::rules::{ListDiff, ListDiffs};
use super::{Action, Basis, Change, Rule, Setting};
use crate::live::{LiveRegistry, LiveSubnet, Reading};
use crate::spec::{RegistrySpec, ServiceEndpoints, Source, Sourced};

/// ARM's values of `networkRuleBypassOptions`.
pub(crate) const TRUSTED: [(bool, &str); 2] = [(true, "AzureServices"), (false, "None")];

/// Every managed setting that differs, in the order of the registry's own body.
pub(crate) fn changes(wanted: &RegistrySpec, reading: &Reading, lists: &mut ListDiffs) -> Vec<Change> {
    let live = &reading.registry;
    let mut changes = Vec::new();
    changes.extend(public_network_access(wanted, live));
    changes.extend(default_action(wanted, live));
    changes.extend(list(Setting::IpRules, lists.ips.as_mut(), &wanted.ip_rules));
    changes.extend(list(
        Setting::VirtualNetworkRules,
        lists.subnets.as_mut(),
        &wanted.subnets,
    ));
    changes.extend(trusted_services(wanted, live));
    changes.extend(flag(
        Setting::NetworkRuleBypassAllowedForTasks,
        &wanted.tasks_bypass,
        live.network_rule_bypass_allowed_for_tasks,
    ));
    changes.extend(flag(
        Setting::DataEndpointEnabled,
        &wanted.data_endpoint,
        live.data_endpoint_enabled,
    ));
    changes.extend(service_endpoints(wanted, reading));
    changes
}

fn public_network_access(wanted: &RegistrySpec, live: &LiveRegistry) -> Option<Change> {
    let wanted = wanted.public_network_access.as_ref()?;
    let live = live.public_network_access.as_deref()?;
    let differs = !live.eq_ignore_ascii_case(wanted.value.as_str());
    differs.then(|| {
        single(
            Setting::PublicNetworkAccess,
            json!(live),
            json!(wanted.value.as_str()),
            wanted.source.clone(),
        )
    })
}

/// An absent `networkRuleSet` is unrestricted, so it equals `Allow`.
fn default_action(wanted: &RegistrySpec, live: &LiveRegistry) -> Option<Change> {
    let wanted = wanted.default_action.as_ref()?;
    let current = live.default_action.as_deref().unwrap_or("Allow");
    let differs = !current.eq_ignore_ascii_case(wanted.value.as_str());
    differs.then(|| {
        single(
            Setting::DefaultAction,
            json!(live.default_action),
            json!(wanted.value.as_str()),
            wanted.source.clone(),
        )
    })
}

fn trusted_services(wanted: &RegistrySpec, live: &LiveRegistry) -> Option<Change> {
    let wanted = wanted.trusted_services.as_ref()?;
    let live = live.network_rule_bypass_options.as_deref()?;
    let value = TRUSTED
        .iter()
        .find(|(on, _)| *on == wanted.value)
        .map(|(_, value)| *value)?;
    let differs = !live.eq_ignore_ascii_case(value);
    differs.then(|| {
        single(
            Setting::NetworkRuleBypassOptions,
            json!(live),
            json!(value),
            wanted.source.clone(),
        )
    })
}

fn flag(path: Setting, wanted: &Option<Sourced<bool>>, live: Option<bool>) -> Option<Change> {
    let (wanted, live) = (wanted.as_ref()?, live?);
    (wanted.value != live).then(|| single(path, json!(live), json!(wanted.value), wanted.source.clone()))
}

fn single(path: Setting, before: Value, after: Value, source: Option<Source>) -> Change {
    Change {
        path,
        action: Action::Change,
        add: Vec::new(),
        remove: Vec::new(),
        before: Some(before),
        after: Some(after),
        source,
    }
}

/// Takes what a list gains and loses out of its difference.
fn list<T>(path: Setting, diff: Option<&mut ListDiff>, wanted: &Option<Sourced<T>>) -> Option<Change> {
    let diff = diff?;
    let action = list_action(&diff.add, &diff.remove)?;
    let source = wanted.as_ref().and_then(|wanted| wanted.source.clone());
    Some(Change {
        path,
        action,
        add: std::mem::take(&mut diff.add),
        remove: std::mem::take(&mut diff.remove),
        before: None,
        after: None,
        source,
    })
}

/// What happens to a list; `None` where nothing does.
pub(crate) fn list_action(add: &[Rule], remove: &[Rule]) -> Option<Action> {
    match (add.is_empty(), remove.is_empty()) {
        (true, true) => None,
        (false, true) => Some(Action::Add),
        (true, false) => Some(Action::Remove),
        (false, false) => Some(Action::Change),
    }
}

/// Wanted subnets that were read and lack the endpoint.
fn service_endpoints(wanted: &RegistrySpec, reading: &Reading) -> Option<Change> {
    if wanted.service_endpoints == ServiceEndpoints::Assume {
        return None;
    }
    let subnets = wanted.subnets.as_ref()?;
    let mut add: Vec<Rule> = subnets
        .value
        .iter()
        .filter(|subnet| {
            matches!(reading.subnets.get(&subnet.id), Some(LiveSubnet::Present(live)) if !live.has_endpoint)
        })
        .map(|subnet| Rule { name: subnet.name.clone(), ..Rule::bare(subnet.id.as_str()) })
        .collect();
    add.sort_by_key(|rule| rule.value.to_ascii_lowercase());
    let change = Change {
        path: Setting::ServiceEndpoints,
        action: Action::Add,
        add,
        remove: Vec::new(),
        before: None,
        after: None,
        source: subnets.source.clone(),
    };
    (!change.add.is_empty()).then_some(change)
}

/// The settings that a spec manages.
pub(crate) fn managed(wanted: &RegistrySpec) -> Vec<Setting> {
    let rows = [
        (
            Setting::PublicNetworkAccess,
            wanted.public_network_access.is_some(),
        ),
        (Setting::DefaultAction, wanted.default_action.is_some()),
        (Setting::IpRules, wanted.ip_rules.is_some()),
        (Setting::VirtualNetworkRules, wanted.subnets.is_some()),
        (
            Setting::NetworkRuleBypassOptions,
            wanted.trusted_services.is_some(),
        ),
        (
            Setting::NetworkRuleBypassAllowedForTasks,
            wanted.tasks_bypass.is_some(),
        ),
        (Setting::DataEndpointEnabled, wanted.data_endpoint.is_some()),
    ];
    rows.into_iter()
        .filter(|(_, managed)| *managed)
        .map(|(setting, _)| setting)
        .collect()
}

/// What the plan rests on.
pub(crate) fn basis(reading: &Reading) -> Basis {
    Basis {
        subnets: reading
            .subnets
            .iter()
            .map(|(id, subnet)| (id.to_string(), endpoint_state(subnet)))
            .collect(),
        registrations: reading.registrations.clone(),
        ..Basis::of(&reading.registry)
    }
}

/// `None` where the subnet could not be read.
fn endpoint_state(subnet: &LiveSubnet) -> Option<bool> {
    match subnet {
        LiveSubnet::Present(subnet) => Some(subnet.has_endpoint),
        LiveSubnet::Unreadable(_) => None,
    }
}
