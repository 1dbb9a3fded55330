//! Whether a registry is, after a write, what the plan said: every setting, also those that should not move.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::rules::canonical;
use super::setting::LISTS;
use super::{Basis, RegistryPlan, Rule, Setting};
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
    let (before, after) = (Basis::of(before), Basis::of(after));
    let judge = |path: Setting| match LISTS.contains(&path) {
        true => list(plan, path, &before, &after),
        false => value(plan, path, &before, &after),
    };
    Setting::REGISTRY.into_iter().filter_map(judge).collect()
}

fn value(plan: &RegistryPlan, path: Setting, before: &Basis, after: &Basis) -> Option<Deviation> {
    let now = after.value(path);
    let wanted = plan.change(path).and_then(|change| change.after.clone());
    let before = before.value(path);
    if wanted.is_none() && before.is_null() {
        // What was not shown cannot be said to have changed.
        return None;
    }
    let wanted = wanted.unwrap_or(before);
    (wanted != now).then(|| Deviation {
        path,
        message: format!("is {now}, not {wanted}"),
    })
}

/// What a plan adds to a list and takes out of it, in canonical form.
fn planned(plan: &RegistryPlan, path: Setting) -> (BTreeSet<String>, BTreeSet<String>) {
    let forms = |rules: &[Rule]| rules.iter().map(|rule| canonical(&rule.value)).collect();
    plan.change(path)
        .map(|change| (forms(&change.add), forms(&change.remove)))
        .unwrap_or_default()
}

fn list(plan: &RegistryPlan, path: Setting, before: &Basis, after: &Basis) -> Option<Deviation> {
    let (Some(before), Some(after)) = (before.rules(path), after.rules(path)) else {
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
    let live = Basis::of(live);
    LISTS.into_iter().any(|path| {
        let there = live.rules(path).unwrap_or_default();
        !planned(plan, path).0.is_subset(&there)
    })
}

/// The rules of others, in canonical form, that were in a list that we share with them and are there no more.
pub fn gone(plan: &RegistryPlan, before: &LiveRegistry, after: &LiveRegistry) -> BTreeSet<String> {
    let shared = |path: &Setting| plan.ownership == Ownership::Additive && plan.managed.contains(path);
    let (before, after) = (Basis::of(before), Basis::of(after));
    let gone = |path| {
        let rest = &before.rules(path)? - &after.rules(path)?;
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
    plan.managed.contains(&path) && plan.ownership == Ownership::Exact && !plan.ignores(rule)
}

impl RegistryPlan {
    /// Whether a rule is in a range, or for a subnet, that the spec leaves to others.
    pub(crate) fn ignores(&self, rule: &str) -> bool {
        let form = canonical(rule);
        let cidr = form.parse::<Cidr>().ok();
        self.ignore
            .iter()
            .any(|ignored| match (ignored.parse::<Cidr>(), cidr) {
                (Ok(range), Some(cidr)) => range.contains(cidr),
                _ => SubnetId::parse(ignored).is_ok_and(|id| id.key() == form),
            })
    }
}
