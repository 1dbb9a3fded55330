//! Whether a registry is, after a write, what the plan said: every setting, also those that should not move.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::lists::canonical;
use super::{Change, RegistryPlan, Rule, Setting};
use crate::live::{LiveRegistry, SubnetRules};
use crate::model::{Cidr, SubnetId};
use crate::spec::Ownership;

/// A setting that is not as it should be after a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deviation {
    pub path: Setting,
    /// What is wrong with it, to be read after the path.
    pub message: String,
}

/// Compares what the registry shows now with what was read before the write and what the plan changes of that.
pub fn deviations(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> Vec<Deviation> {
    let mut found = values(plan, before, after);
    let ips = |live: &LiveRegistry| Some(live.ip_rules.iter().map(|rule| rule.value.clone()).collect());
    found.extend(list(plan, Setting::IpRules, ips(before), ips(after)));
    found.extend(list(
        plan,
        Setting::VirtualNetworkRules,
        subnets(before),
        subnets(after),
    ));
    found.sort_by_key(|deviation| deviation.path);
    found
}

fn values(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> Vec<Deviation> {
    let shown = |live: &LiveRegistry| {
        [
            (Setting::PublicNetworkAccess, json!(live.public_network_access)),
            (
                Setting::DefaultAction,
                json!(live.default_action.as_deref().unwrap_or("Allow")),
            ),
            (
                Setting::NetworkRuleBypassOptions,
                json!(live.network_rule_bypass_options),
            ),
            (
                Setting::NetworkRuleBypassAllowedForTasks,
                json!(live.network_rule_bypass_allowed_for_tasks),
            ),
            (Setting::DataEndpointEnabled, json!(live.data_endpoint_enabled)),
        ]
    };
    let rows = shown(before).into_iter().zip(shown(after));
    rows.filter_map(|((path, before), (_, now))| {
        let wanted = plan
            .change(path)
            .and_then(|change| change.after.clone())
            .unwrap_or(before);
        (wanted != now).then(|| Deviation {
            path,
            message: format!("is {now}, not {wanted}"),
        })
    })
    .collect()
}

/// `None` where the api-version hides them.
fn subnets(live: &LiveRegistry) -> Option<Vec<String>> {
    match &live.subnet_rules {
        SubnetRules::Shown(rules) => Some(rules.iter().map(|rule| rule.value.clone()).collect()),
        SubnetRules::Unsupported => Some(Vec::new()),
        SubnetRules::Hidden => None,
    }
}

fn list(
    plan: &RegistryPlan,
    path: Setting,
    before: Option<Vec<String>>,
    after: Option<Vec<String>>,
) -> Option<Deviation> {
    let change = plan.change(path);
    let (Some(before), Some(after)) = (before, after) else {
        return change.map(|_| Deviation {
            path,
            message: "is not shown any more".to_owned(),
        });
    };
    let none: &[Rule] = &[];
    let (add, remove) = change.map_or((none, none), |Change { add, remove, .. }| (add, remove));
    let forms = |rules: &[Rule]| {
        rules
            .iter()
            .map(|rule| canonical(&rule.value))
            .collect::<BTreeSet<_>>()
    };
    let (add, remove) = (forms(add), forms(remove));
    let before: BTreeSet<String> = before.iter().map(|value| canonical(value)).collect();
    let after: BTreeSet<String> = after.iter().map(|value| canonical(value)).collect();
    let mut problems = Vec::new();
    problems.extend(
        add.difference(&after)
            .map(|rule| format!("`{rule}` is not there")),
    );
    problems.extend(
        remove
            .intersection(&after)
            .map(|rule| format!("`{rule}` is still there")),
    );
    // Who shares a managed list may take rules out of it while we write.
    let shared = plan.managed.contains(&path) && plan.ownership == Ownership::Additive;
    let kept = before
        .difference(&remove)
        .filter(|rule| !shared && !after.contains(*rule));
    problems.extend(kept.map(|rule| format!("`{rule}` was there and is gone")));
    let new = after
        .difference(&before)
        .filter(|rule| !add.contains(*rule) && is_ours(plan, path, rule));
    problems.extend(new.map(|rule| format!("`{rule}` is there, and the spec does not list it")));
    (!problems.is_empty()).then(|| Deviation {
        path,
        message: problems.join(", "),
    })
}

/// Whether a list lacks a rule that the plan adds, as it does when a rival has written an older list over ours.
pub fn lacks(plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    let ips = live.ip_rules.iter().map(|rule| canonical(&rule.value));
    let subnets = subnets(live).unwrap_or_default();
    let there: BTreeSet<String> = ips.chain(subnets.iter().map(|id| canonical(id))).collect();
    let lists = [Setting::IpRules, Setting::VirtualNetworkRules];
    let mut added = lists
        .iter()
        .filter_map(|path| plan.change(*path))
        .flat_map(|change| &change.add);
    added.any(|rule| !there.contains(&canonical(&rule.value)))
}

/// Whether a rule that nobody planned breaks the wanted state, rather than being somebody else's.
fn is_ours(plan: &RegistryPlan, path: Setting, rule: &str) -> bool {
    let ignored = |ignored: &String| match (ignored.parse::<Cidr>(), rule.parse::<Cidr>()) {
        (Ok(range), Ok(cidr)) => range.contains(cidr),
        _ => SubnetId::parse(ignored).is_ok_and(|id| id.key() == rule),
    };
    plan.managed.contains(&path)
        && plan.ownership == Ownership::Exact
        && !plan.ignore.iter().any(ignored)
}
