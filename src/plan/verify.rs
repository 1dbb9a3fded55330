//! Whether a registry is, after a write, what the plan said: every setting, also those that should not move.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::lists::canonical;
use super::{RegistryPlan, Rule, Setting};
use crate::live::LiveRegistry;
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
    found.extend(
        LISTS
            .into_iter()
            .filter_map(|path| list(plan, path, before, after)),
    );
    found.sort_by_key(|deviation| deviation.path);
    found
}

fn values(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> Vec<Deviation> {
    let single = |live: &LiveRegistry| {
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
    let rows = single(before).into_iter().zip(single(after));
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

const LISTS: [Setting; 2] = [Setting::IpRules, Setting::VirtualNetworkRules];

/// The rules of a list in canonical form; `None` where the api-version hides them.
fn shown(live: &LiveRegistry, path: Setting) -> Option<BTreeSet<String>> {
    let values = match path {
        Setting::VirtualNetworkRules => live.subnet_rules.values()?,
        _ => live.ip_rules.iter().map(|rule| rule.value.clone()).collect(),
    };
    Some(values.iter().map(|value| canonical(value)).collect())
}

/// What a plan adds to a list and takes out of it, in canonical form.
fn planned(plan: &RegistryPlan, path: Setting) -> (BTreeSet<String>, BTreeSet<String>) {
    let forms = |rules: &[Rule]| rules.iter().map(|rule| canonical(&rule.value)).collect();
    plan.change(path)
        .map(|change| (forms(&change.add), forms(&change.remove)))
        .unwrap_or_default()
}

fn list(
    plan: &RegistryPlan,
    path: Setting,
    before: &LiveRegistry,
    after: &LiveRegistry,
) -> Option<Deviation> {
    let (Some(before), Some(after)) = (shown(before, path), shown(after, path)) else {
        return plan.change(path).map(|_| Deviation {
            path,
            message: "is not shown any more".to_owned(),
        });
    };
    let (add, remove) = planned(plan, path);
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
    let kept = before.difference(&remove).filter(|rule| !after.contains(*rule));
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
    LISTS.into_iter().any(|path| {
        let there = shown(live, path).unwrap_or_default();
        !planned(plan, path).0.is_subset(&there)
    })
}

/// The rules of others, in canonical form, that were in a list that we share with them and are there no more.
pub fn gone(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> BTreeSet<String> {
    let shared = |path: &Setting| plan.ownership == Ownership::Additive && plan.managed.contains(path);
    let gone = |path| {
        let rest = &shown(before, path)? - &shown(after, path)?;
        Some(&rest - &planned(plan, path).1)
    };
    LISTS
        .into_iter()
        .filter(shared)
        .filter_map(gone)
        .flatten()
        .collect()
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
