//! The comparison of rule lists as sets: one mechanism for addresses and for subnets.

use std::collections::BTreeSet;

use super::{Guard, Policy};
use crate::model::{Rule, RuleTarget, Setting, Settings};
use crate::spec::{ListedRule, Ownership, RegistrySpec, UnlistedRule};

/// The difference between a wanted list and a live one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ListDiff {
    pub(crate) add: Vec<ListedRule>,
    pub(crate) remove: Vec<ListedRule>,
    pub(crate) left_alone: LeftAlone,
}

/// Live rules of one list that the spec does not list and that stay.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct LeftAlone {
    /// Rules inside an ignored range.
    pub(crate) ignored: Vec<Rule>,
    /// Rules that stay because the spec only adds.
    pub(crate) kept: Vec<Rule>,
    /// Rules that stay because their clients are not known.
    pub(crate) unparsed: Vec<Rule>,
}

/// Compares the wanted rules of a list with the live ones. An unparsed live rule is never a wanted one.
pub(crate) fn diff(
    spec: &RegistrySpec,
    policy: &Policy,
    list: Setting,
    wanted: &[ListedRule],
    live: &[Rule],
) -> ListDiff {
    let mut diff = ListDiff::default();
    let mut wanted: Vec<&ListedRule> = wanted.iter().collect();
    wanted.sort_by(|a, b| a.rule.cmp(&b.rule));
    let mut live: Vec<&Rule> = live.iter().collect();
    // Two texts of one rule have an order of their own, so that a plan is always the same.
    live.sort_by(|a, b| a.cmp(b).then_with(|| a.as_str().cmp(b.as_str())));
    // Live rules that the spec does not list stay or go, as the spec says.
    for rule in &live {
        let is_wanted = wanted.binary_search_by(|wanted| wanted.rule.cmp(rule)).is_ok();
        if is_wanted || restore_keeps(spec, rule) {
            continue;
        }
        match spec.unlisted(rule) {
            UnlistedRule::Ignore => diff.left_alone.ignored.push((*rule).clone()),
            UnlistedRule::Keep => diff.left_alone.kept.push((*rule).clone()),
            UnlistedRule::Remove if !rule.fits(list) && keeps_unparsed(spec, policy) => {
                diff.left_alone.unparsed.push((*rule).clone());
            }
            UnlistedRule::Remove => diff.remove.push(removed(spec, rule)),
        }
    }
    // Wanted rules that are not live are added.
    for rule in wanted {
        if live.binary_search(&&rule.rule).is_err() {
            diff.add.push(rule.clone());
        }
    }
    diff
}

/// Returns the rules that belong to others: those of `ignore`, and those of running leases.
pub(crate) fn of_others(spec: &RegistrySpec) -> Vec<Rule> {
    spec.ignore.iter().chain(spec.leased.keys()).cloned().collect()
}

/// Returns the rules of all lists that stay because their clients are not known.
pub(crate) fn unparsed(lists: &[LeftAlone]) -> Vec<Rule> {
    let mut all = Vec::new();
    for list in lists {
        all.extend_from_slice(&list.unparsed);
    }
    all
}

/// Returns the wanted rules that are live already, sorted, where others share the lists.
pub(crate) fn live_already(spec: &RegistrySpec, live: &Settings) -> Vec<Rule> {
    let mut listed = Vec::new();
    if spec.ownership != Ownership::Additive {
        return listed;
    }
    let live: BTreeSet<&Rule> = live.all_rules().collect();
    for list in Setting::lists() {
        for ListedRule { rule, .. } in spec.settings.rules(list).unwrap_or_default() {
            if live.contains(rule) {
                listed.push(rule.clone());
            }
        }
    }
    listed.sort();
    listed
}

/// Returns true if rules whose clients are not known stay. A restore to Azure's defaults takes every rule out.
fn keeps_unparsed(spec: &RegistrySpec, policy: &Policy) -> bool {
    !spec.restore_hints.opens && !policy.overrides.contains(&Guard::Unparsed)
}

/// Returns true if a restore keeps the rule: it was there, and no spec can want it.
fn restore_keeps(spec: &RegistrySpec, rule: &Rule) -> bool {
    matches!(rule.target(), RuleTarget::Unparsed(_)) && spec.restore_hints.keep.contains(rule)
}

/// Returns the entry of a rule that goes. If it goes because it has expired, the entry names the line that says so.
fn removed(spec: &RegistrySpec, rule: &Rule) -> ListedRule {
    for expired in &spec.expired {
        if expired.rule == *rule {
            return ListedRule {
                rule: rule.clone(),
                ..expired.clone()
            };
        }
    }
    ListedRule::from(rule.clone())
}
