//! Compares a registry after a write with the plan: every setting, also those that must not change.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::rules::canonical;
use super::setting::LISTS;
use super::{Basis, RegistryPlan, Rule, Setting};
use crate::live::LiveRegistry;
use crate::model::{Cidr, SubnetId};
use crate::spec::Ownership;

/// A setting that is not as it should be after a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deviation {
    /// The setting.
    pub path: Setting,
    /// The problems in words, to be read after the path.
    #[serde(rename = "message", serialize_with = "as_message")]
    #[schemars(with = "String")]
    pub problems: Vec<Problem>,
}

/// One difference between a setting after a write and the plan. Rules are in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The plan adds the rule, and the list lacks it.
    Absent(String),
    /// The plan removes the rule, and the list still has it.
    Present(String),
    /// The plan leaves the rule alone, and the list lost it.
    Gone(String),
    /// The list has a rule that neither the state before nor the spec lists.
    Unexpected(String),
    /// The api-version no longer shows the list.
    NotShown,
    /// A single setting does not have the wanted value.
    Value { live: Value, wanted: Value },
}

impl Deviation {
    /// Returns the problems in words, to be read after the path.
    pub fn message(&self) -> String {
        in_words(&self.problems)
    }

    /// Returns true if the write was accepted and an added rule is missing.
    pub fn lacks_added_rule(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| matches!(problem, Problem::Absent(_)))
    }

    /// Returns true if a rule that was not to change is gone.
    pub fn lost_rule(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| matches!(problem, Problem::Gone(_)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(rule) => write!(f, "lacks `{rule}`"),
            Self::Present(rule) => write!(f, "still has `{rule}`"),
            Self::Gone(rule) => write!(f, "lost `{rule}`, which was to stay"),
            Self::Unexpected(rule) => write!(f, "has `{rule}`, which the spec does not list"),
            Self::NotShown => f.write_str("is no longer shown by Azure"),
            Self::Value { live, wanted } => write!(f, "is {live}, not {wanted}"),
        }
    }
}

/// Writes the problems as the text that the JSON form has.
fn as_message<S: Serializer>(problems: &[Problem], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&in_words(problems))
}

fn in_words(problems: &[Problem]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    problems.join(", ")
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
        problems: vec![Problem::Value { live: now, wanted }],
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
        let problems = vec![Problem::NotShown];
        return plan.change(path).map(|_| Deviation { path, problems });
    };
    let (add, remove) = planned(plan, path);
    let mut problems = Vec::new();
    for rule in add.difference(&after) {
        problems.push(Problem::Absent(rule.clone()));
    }
    for rule in remove.intersection(&after) {
        problems.push(Problem::Present(rule.clone()));
    }
    for rule in before.difference(&after) {
        if !remove.contains(rule) {
            problems.push(Problem::Gone(rule.clone()));
        }
    }
    for rule in after.difference(&before) {
        if !add.contains(rule) && is_ours(plan, path, rule) {
            problems.push(Problem::Unexpected(rule.clone()));
        }
    }
    (!problems.is_empty()).then_some(Deviation { path, problems })
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
