//! The engine on a drawn pair: its inputs, and the service that takes its PATCH.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::live::{LiveSubnet, Reading, SubnetIdKey, parse};
use ringfence::model::{DefaultAction, Failure, PublicNetworkAccess, Rule, Setting, SubnetId};
use ringfence::plan::{Lists, Policy, RegistryPlan, patch_body, plan_registry};
use ringfence::spec::{Guardrails, ListedRule, Ownership, RegistrySpec, RuleInfo, ServiceEndpoints};
use serde_json::{Value, json};

use crate::azure_bodies::{SUBSCRIPTION, subnet_body};
use crate::reference::addresses::{Range, range};
use crate::reference::decide::Endpoint;
use crate::reference::draw::Pair;
use crate::reference::state::State;
use crate::reference::wanted::Wanted;

/// Limits of a spec, drawn apart from what it wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_removals: Option<u32>,
    pub(crate) max_removal_percent: Option<u32>,
}

/// Makes the spec of a pair.
pub(crate) fn spec(wanted: &Wanted, body: &Value, limits: Limits) -> RegistrySpec {
    let mut spec = crate::readings::unmanaged(body);
    let settings = &mut spec.settings;
    if let Some(on) = wanted.public {
        let value = if on {
            PublicNetworkAccess::Enabled
        } else {
            PublicNetworkAccess::Disabled
        };
        settings.want_unsourced(Setting::PublicNetworkAccess, value);
    }
    if let Some(allow) = wanted.allow {
        let value = if allow {
            DefaultAction::Allow
        } else {
            DefaultAction::Deny
        };
        settings.want_unsourced(Setting::DefaultAction, value);
    }
    if let Some(ips) = &wanted.ips {
        settings.want_unsourced(Setting::IpRules, each_ip_once(ips));
    }
    if let Some(ids) = &wanted.subnets {
        settings.want_unsourced(Setting::VirtualNetworkRules, each_subnet_once(ids));
    }
    if let Some(on) = wanted.trusted {
        let setting = Setting::NetworkRuleBypassOptions;
        settings.want_unsourced(setting, ringfence::model::bypass_word(on));
    }
    if let Some(on) = wanted.tasks {
        settings.want_unsourced(Setting::NetworkRuleBypassAllowedForTasks, on);
    }
    if let Some(on) = wanted.data {
        settings.want_unsourced(Setting::DataEndpointEnabled, on);
    }
    if wanted.assume {
        spec.service_endpoints = ServiceEndpoints::Assume;
    }
    if wanted.additive {
        spec.ownership = Ownership::Additive;
    }
    spec.ignore = wanted.ignore.iter().map(|text| Rule::parse(text)).collect();
    spec.expired = wanted.expired.iter().map(|text| expired(text)).collect();
    spec.guardrails = Guardrails {
        max_removals: limits.max_removals,
        max_removal_percent: limits.max_removal_percent,
        widest_rule: 0,
    };
    spec
}

/// Returns the entries of a list, each range once.
fn each_ip_once(texts: &[String]) -> Vec<ListedRule> {
    let mut seen: BTreeSet<Range> = BTreeSet::new();
    let mut rules = Vec::new();
    for text in texts {
        // A spec sends the one spelling without `/32`.
        if seen.insert(range(text)) {
            rules.push(Rule::parse(text.trim_end_matches("/32")).into());
        }
    }
    rules
}

fn each_subnet_once(ids: &[String]) -> Vec<ListedRule> {
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for id in ids {
        if seen.insert(id.to_lowercase()) {
            rules.push(Rule::parse(id).into());
        }
    }
    rules
}

fn expired(text: &str) -> ListedRule {
    let info = RuleInfo {
        expires: Some(jiff::civil::date(2020, 1, 31)),
        ..RuleInfo::default()
    };
    ListedRule {
        info: Some(info.into()),
        ..Rule::parse(text).into()
    }
}

/// Makes the reading of a pair: the registry, and each wanted subnet that has no rule yet.
pub(crate) fn reading(pair: &Pair, registered: bool) -> Reading {
    let state = State::of(&pair.body);
    let mut subnets = BTreeMap::new();
    if let (true, Some(listed)) = (state.premium, &state.subnets) {
        for id in pair.wanted.subnets.iter().flatten() {
            if listed.contains(&id.to_lowercase()) {
                continue;
            }
            let id = SubnetId::parse(id).unwrap();
            let endpoint = endpoint_of(pair, id.as_str());
            subnets.insert(id.clone(), subnet(&id, endpoint));
        }
    }
    let registration = if registered { "Registered" } else { "NotRegistered" };
    Reading {
        subnets,
        registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), registration.to_owned())]),
        ..crate::readings::reading(&pair.body)
    }
}

/// Returns the service endpoint of a subnet, whatever the case of its id.
pub(crate) fn endpoint_of(pair: &Pair, id: &str) -> Endpoint {
    let found = pair
        .endpoints
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(id));
    *found.unwrap().1
}

/// Returns a subnet as it was read.
pub(crate) fn subnet(id: &SubnetId, endpoint: Endpoint) -> LiveSubnet {
    let mut body = subnet_body(id);
    match endpoint {
        Endpoint::Unknown => return LiveSubnet::Unreadable(Failure::new("NotFound", "gone")),
        Endpoint::On => {
            body["properties"]["serviceEndpoints"] =
                json!([{"service": "Microsoft.ContainerRegistry", "provisioningState": "Succeeded"}]);
        }
        Endpoint::Off => {}
    }
    LiveSubnet::Present(parse::subnet("2024-05-01", None, body).unwrap())
}

/// Plans a pair.
pub(crate) fn plan(spec: &RegistrySpec, reading: &Reading) -> RegistryPlan {
    plan_registry(spec, reading, &Policy::default())
}

/// Returns the PATCH of a plan.
pub(crate) fn patch(plan: &RegistryPlan, reading: &Reading, lists: Lists) -> Option<Value> {
    let key = SubnetIdKey::VirtualNetworkSubnetResourceId;
    patch_body(&plan.changes, &reading.registry, lists, key)
}

/// Makes a PATCH as the service does: fields that it has are replaced, all others stay, also inside `networkRuleSet`
/// (recorded: azure-cli test_acr_network_rule, 2021 to 2023).
pub(crate) fn patch_body_of(body: &mut Value, patch: &Value) {
    for (key, value) in patch["properties"].as_object().into_iter().flatten() {
        match value.as_object() {
            None => body["properties"][key] = value.clone(),
            Some(set) => {
                for (inner, value) in set {
                    body["properties"][key][inner] = value.clone();
                }
            }
        }
    }
}
