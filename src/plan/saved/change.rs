//! Whether a change is one that comparing a spec with what was read could have given. What only looks like a rule or a
//! value would be sent all the same, and no guard would have counted it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::{Cidr, DefaultAction, PublicNetworkAccess, SubnetId};
use crate::plan::diff::{TRUSTED, list_action};
use crate::plan::rules::canonical;
use crate::plan::{Action, Basis, Change, RegistryPlan, Rule, Setting, access};
use crate::spec::Ownership;

/// What is wrong with a change, in words.
type Checked = Result<(), String>;

pub(crate) fn check(change: &Change, plan: &RegistryPlan) -> Checked {
    match change.path {
        Setting::IpRules => {
            let key = |value: &str| value.parse::<Cidr>().ok();
            list(change, Some(&plan.basis.ip_rules), key)?;
            stays(change, plan)
        }
        Setting::VirtualNetworkRules => {
            let read = plan.basis.virtual_network_rules.as_deref();
            list(change, read, |value| SubnetId::parse(value).ok())?;
            stays(change, plan)
        }
        Setting::ServiceEndpoints => endpoints(change, plan),
        _ => single(change, &plan.basis),
    }
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(why()) }
}

/// A list gains what is not in it, and loses what is.
fn list<K: Ord + ToString>(
    change: &Change,
    read: Option<&[String]>,
    key: impl Fn(&str) -> Option<K>,
) -> Checked {
    let read = read.ok_or("it was not read")?;
    action(change, list_action(&change.add, &change.remove))?;
    let added = keys(&change.add, &key)?;
    let there: BTreeSet<K> = read.iter().filter_map(|value| key(value)).collect();
    ensure(added.iter().all(|key| !there.contains(key)), || {
        "a rule that goes in is there already".to_owned()
    })?;
    let removed: Vec<&str> = change.remove.iter().map(|rule| &*rule.value).collect();
    ensure(removed == as_read(&change.remove, read, &key), || {
        "the rules that go out are not sorted, or not those that were read".to_owned()
    })
}

/// What the rules that go in stand for, each in the one spelling that is sent, and sorted.
fn keys<K: Ord + ToString>(rules: &[Rule], key: impl Fn(&str) -> Option<K>) -> Result<Vec<K>, String> {
    let mut keys = Vec::new();
    for Rule { value, .. } in rules {
        let found = key(value).filter(|key| key.to_string() == *value);
        keys.push(found.ok_or_else(|| format!("`{value}` is no rule as plans write it"))?);
    }
    ensure(keys.is_sorted_by(|a, b| a < b), || {
        "the rules that go in are not sorted, or one is there twice".to_owned()
    })?;
    Ok(keys)
}

/// The rules that were read and that mean the same as one of these, in the order of plans.
fn as_read<'a, K: Ord>(
    rules: &[Rule],
    read: &'a [String],
    key: impl Fn(&str) -> Option<K>,
) -> Vec<&'a str> {
    let removed: BTreeSet<String> = rules.iter().map(|rule| canonical(&rule.value)).collect();
    let gone = |value: &&String| removed.contains(&canonical(value));
    let mut read: Vec<_> = read.iter().filter(gone).map(|v| (key(v), &**v)).collect();
    read.sort();
    read.into_iter().map(|(_, value)| value).collect()
}

/// Rules of others stay: those that are ignored, and, where the spec only adds, all but those that it let expire.
fn stays(change: &Change, plan: &RegistryPlan) -> Checked {
    let expires = |rule: &Rule| rule.about.as_ref().is_some_and(|about| about.expires.is_some());
    let expired = |rule: &Rule| change.path == Setting::IpRules && expires(rule);
    let ours = |rule: &Rule| plan.ownership == Ownership::Exact || expired(rule);
    let theirs = change
        .remove
        .iter()
        .find(|rule| !ours(rule) || plan.ignores(&rule.value));
    theirs.map_or(Ok(()), |rule| {
        Err(format!("`{}` is not the spec's to remove", rule.value))
    })
}

/// Only a subnet that is wanted, was read and lacks the endpoint gains it. Where the rules are hidden, nobody knows which
/// of the wanted ones have a rule.
fn endpoints(change: &Change, plan: &RegistryPlan) -> Checked {
    action(change, (!change.add.is_empty()).then_some(Action::Add))?;
    ensure(change.remove.is_empty(), || {
        "an endpoint is never turned off".to_owned()
    })?;
    let lacking = plan.basis.subnets.iter().filter(|(_, on)| **on == Some(false));
    let lacking: BTreeSet<SubnetId> = lacking.filter_map(|(id, _)| SubnetId::parse(id).ok()).collect();
    let added = keys(&change.add, |value| SubnetId::parse(value).ok())?;
    ensure(added.iter().all(|id| lacking.contains(id)), || {
        "a subnet was not read without the endpoint".to_owned()
    })?;
    let ruled = access::after(&access::of(&plan.basis), &plan.changes).subnets;
    let hidden = plan.basis.virtual_network_rules.is_none();
    ensure(hidden || added.iter().all(|id| ruled.contains(id)), || {
        "a subnet has no rule".to_owned()
    })
}

/// A list has no single value, and its action is what happens to it.
fn action(change: &Change, wanted: Option<Action>) -> Checked {
    let no_value = change.before.is_none() && change.after.is_none();
    ensure(no_value && Some(change.action) == wanted, || {
        "its action does not fit".to_owned()
    })
}

/// A single value goes from what was read to another that ARM has.
fn single(change: &Change, basis: &Basis) -> Checked {
    // `null` and `Allow`, or two cases of a word, are the same, but a plan says which it was.
    let read = match change.path {
        Setting::PublicNetworkAccess => json!(basis.public_network_access),
        Setting::DefaultAction => json!(basis.default_action),
        Setting::NetworkRuleBypassOptions => json!(basis.network_rule_bypass_options),
        path => basis.value(path),
    };
    ensure(change.before == Some(read), || {
        "it does not start at what was read".to_owned()
    })?;
    let no_rules = change.add.is_empty() && change.remove.is_empty();
    ensure(no_rules && change.action == Action::Change, || {
        "its action does not fit".to_owned()
    })?;
    let shown = basis.value(change.path);
    let after = change.after.as_ref().unwrap_or(&Value::Null);
    ensure(values(change.path).contains(after), || {
        format!("`{after}` is none of its values")
    })?;
    ensure(!shown.is_null() && !same(&shown, after), || {
        "it is that already, or was not read".to_owned()
    })
}

/// The values that a plan can give a setting: ARM's enumerations in ARM's case.
fn values(path: Setting) -> Vec<Value> {
    match path {
        Setting::PublicNetworkAccess => [PublicNetworkAccess::Enabled, PublicNetworkAccess::Disabled]
            .map(|v| json!(v.as_str()))
            .into(),
        Setting::DefaultAction => [DefaultAction::Allow, DefaultAction::Deny]
            .map(|v| json!(v.as_str()))
            .into(),
        Setting::NetworkRuleBypassOptions => TRUSTED.map(|(_, value)| json!(value)).into(),
        Setting::NetworkRuleBypassAllowedForTasks | Setting::DataEndpointEnabled => {
            vec![json!(true), json!(false)]
        }
        Setting::IpRules | Setting::VirtualNetworkRules | Setting::ServiceEndpoints => Vec::new(),
    }
}

/// ARM mixes the case of its enumerations.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}
