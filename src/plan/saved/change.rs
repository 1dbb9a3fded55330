//! The check of a saved change: comparing a spec with what was read must be able to give it. A text that only looks like a
//! rule or a value would be sent all the same, and no guard would have counted it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::{Access, Rule, Setting, SettingKind, SettingValue, SubnetId};
use crate::plan::{Action, Basis, Change, EndpointsChange, RegistryPlan, access};
use crate::spec::{ListedRule, Ownership};

/// The error says in words what is wrong with a change.
type Checked = Result<(), String>;

/// Checks the change of one setting.
pub(crate) fn check(change: &Change, plan: &RegistryPlan) -> Checked {
    if !change.path.is_list() {
        return single(change, &plan.basis);
    }
    list(change, &plan.basis)?;
    stays(change, plan)
}

fn ensure(holds: bool, why: &str) -> Checked {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

/// Checks that a list gains rules that it lacks, and loses rules that it has.
fn list(change: &Change, basis: &Basis) -> Checked {
    let read = basis.settings.rules(change.path).ok_or("it was not read")?;
    let wanted = Action::of_list(&change.add, &change.remove);
    let no_value = change.before.is_none() && change.after.is_none();
    ensure(
        no_value && Some(change.action) == wanted,
        "its action does not fit",
    )?;
    let added = added(&change.add, change.path)?;
    let there: BTreeSet<&Rule> = read.iter().collect();
    for rule in added {
        ensure(!there.contains(rule), "a rule that goes in is there already")?;
    }
    // A removal names the text that was read, and two spellings of one rule go together.
    let removed: Vec<&str> = change.remove.iter().map(|listed| listed.rule.as_str()).collect();
    ensure(
        removed == as_read(&change.remove, read),
        "the rules that go out are not sorted, or not those that were read",
    )
}

/// Returns the rules that go in. Each must have the one spelling that is sent, and they must be sorted.
fn added(listed: &[ListedRule], list: Setting) -> Result<Vec<&Rule>, String> {
    let mut rules = Vec::new();
    for ListedRule { rule, .. } in listed {
        if !rule.fits(list) || !rule.is_normal() {
            return Err(format!("`{rule}` is not written as plans write rules"));
        }
        rules.push(rule);
    }
    ensure(
        rules.is_sorted_by(|a, b| a < b),
        "the rules that go in are not sorted, or one is there twice",
    )?;
    Ok(rules)
}

/// Returns the texts that were read and that mean the same as one of these rules, in the order of plans.
fn as_read<'a>(listed: &[ListedRule], read: &'a [Rule]) -> Vec<&'a str> {
    let removed: BTreeSet<&Rule> = listed.iter().map(|listed| &listed.rule).collect();
    let mut gone: Vec<&Rule> = read.iter().filter(|rule| removed.contains(rule)).collect();
    gone.sort_by(|a, b| a.cmp(b).then_with(|| a.as_str().cmp(b.as_str())));
    gone.into_iter().map(Rule::as_str).collect()
}

/// Checks that rules of others stay: those that are ignored, and, where the spec only adds, all but those that it let
/// expire.
fn stays(change: &Change, plan: &RegistryPlan) -> Checked {
    for listed in &change.remove {
        let expired = change.path == Setting::IpRules && listed.expires().is_some();
        let is_ours = plan.ownership == Ownership::Exact || expired;
        if !is_ours || plan.ignores(&listed.rule) {
            return Err(format!("`{}` is not the spec's to remove", listed.rule));
        }
    }
    Ok(())
}

/// Checks that only a subnet gains the endpoint that is wanted, was read and lacks it. Where the rules are hidden, no one
/// knows which of the wanted ones have a rule.
pub(crate) fn check_endpoints(change: &EndpointsChange, plan: &RegistryPlan) -> Checked {
    ensure(!change.add.is_empty(), "its action does not fit")?;
    // Collect the subnets that were read without the endpoint.
    let mut lacking: BTreeSet<SubnetId> = BTreeSet::new();
    for (id, has_endpoint) in &plan.basis.subnets {
        if let (Ok(id), Some(false)) = (SubnetId::parse(id), has_endpoint) {
            lacking.insert(id);
        }
    }
    let added = added(&change.add, Setting::VirtualNetworkRules)?;
    let subnets: Vec<&SubnetId> = added.into_iter().filter_map(Rule::subnet).collect();
    for id in &subnets {
        ensure(
            lacking.contains(*id),
            "a subnet was not read without the endpoint",
        )?;
    }
    // Each must have a rule once the plan is applied.
    let settings = access::settings_after(&plan.basis.settings, &plan.changes.settings);
    let hidden = plan.basis.settings.rules(Setting::VirtualNetworkRules).is_none();
    let after = Access::of(&settings);
    for id in subnets {
        ensure(hidden || after.lists_subnet(id), "a subnet has no rule")?;
    }
    Ok(())
}

/// Checks that a single value goes from what was read to another of its values.
fn single(change: &Change, basis: &Basis) -> Checked {
    let read = basis
        .settings
        .get(change.path)
        .map_or(Value::Null, SettingValue::to_json);
    ensure(change.before == Some(read), "it does not start at what was read")?;
    let no_rules = change.add.is_empty() && change.remove.is_empty();
    ensure(
        no_rules && change.action == Action::Change,
        "its action does not fit",
    )?;
    let after = change.after.as_ref().unwrap_or(&Value::Null);
    if !values(change.path).contains(after) {
        return Err(format!("`{after}` is none of its values"));
    }
    // A value that is the wanted one already would be written for nothing.
    let (shown, wanted) = (basis.settings.value(change.path), change.value());
    let differs = shown
        .zip(wanted)
        .is_some_and(|(shown, wanted)| !shown.means(&wanted));
    ensure(differs, "it is that already, or was not read")
}

/// Returns the values that a plan can give a setting: ARM's enumerations in ARM's case.
fn values(setting: Setting) -> Vec<Value> {
    match setting.facts().kind {
        SettingKind::Word { words, .. } => words.map(|word| json!(word)).into(),
        SettingKind::Flag => vec![json!(true), json!(false)],
        SettingKind::Rules { .. } => Vec::new(),
    }
}
