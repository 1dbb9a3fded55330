//! Who gets in before and after.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{AccessChange, Basis, Change, Effect, Setting};
use crate::live::LiveRegistry;
use crate::model::{Access, Cidr, DefaultAction, PublicNetworkAccess, SubnetId, Unreadable};

/// The access that settings amount to. Rules that the api-version hides cannot be counted.
pub(crate) fn of(basis: &Basis) -> Access {
    let subnets = || basis.virtual_network_rules.iter().flatten();
    Access {
        public_network_access: public(basis.public_network_access.as_deref()),
        default_action: action(basis.default_action.as_deref()),
        ip_rules: basis
            .ip_rules
            .iter()
            .filter_map(|rule| rule.parse().ok())
            .collect(),
        subnets: subnets().filter_map(|id| SubnetId::parse(id).ok()).collect(),
        unreadable: Unreadable {
            ips: unreadable_ips(&basis.ip_rules).collect(),
            subnets: unreadable_subnets(subnets()).collect(),
        },
    }
}

fn unreadable_ips<'a>(values: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    let values = values.into_iter();
    values.filter(|value| value.parse::<Cidr>().is_err()).cloned()
}

fn unreadable_subnets<'a>(values: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    let values = values.into_iter();
    values.filter(|value| SubnetId::parse(value).is_err()).cloned()
}

/// Absent means Enabled. A value that is not known yet is taken for the closed one.
fn public(value: Option<&str>) -> PublicNetworkAccess {
    match value {
        None => PublicNetworkAccess::Enabled,
        Some(value) if value.eq_ignore_ascii_case("Enabled") => PublicNetworkAccess::Enabled,
        Some(_) => PublicNetworkAccess::Disabled,
    }
}

/// Absent means Allow. A value that is not known yet is taken for the closed one.
fn action(value: Option<&str>) -> DefaultAction {
    match value {
        None => DefaultAction::Allow,
        Some(value) if value.eq_ignore_ascii_case("Allow") => DefaultAction::Allow,
        Some(_) => DefaultAction::Deny,
    }
}

/// The access once the changes are made.
pub(crate) fn after(before: &Access, changes: &[Change]) -> Access {
    let mut access = before.clone();
    for change in changes {
        let value = change.after.as_ref().and_then(Value::as_str);
        match change.path {
            Setting::PublicNetworkAccess => access.public_network_access = public(value),
            Setting::DefaultAction => access.default_action = action(value),
            Setting::IpRules => {
                let removed: BTreeSet<Cidr> = parsed(&change.remove).collect();
                access.ip_rules.retain(|cidr| !removed.contains(cidr));
                access.ip_rules.extend(parsed::<Cidr>(&change.add));
                let gone: BTreeSet<&String> = values(&change.remove).collect();
                access.unreadable.ips.retain(|rule| !gone.contains(rule));
                let new = unreadable_ips(values(&change.add));
                access.unreadable.ips.extend(new);
            }
            Setting::VirtualNetworkRules => {
                let removed: BTreeSet<SubnetId> = subnets(&change.remove).collect();
                access.subnets.retain(|id| !removed.contains(id));
                access.subnets.extend(subnets(&change.add));
                let gone: BTreeSet<&String> = values(&change.remove).collect();
                access.unreadable.subnets.retain(|rule| !gone.contains(rule));
                let new = unreadable_subnets(values(&change.add));
                access.unreadable.subnets.extend(new);
            }
            Setting::NetworkRuleBypassOptions
            | Setting::NetworkRuleBypassAllowedForTasks
            | Setting::DataEndpointEnabled
            | Setting::ServiceEndpoints => {}
        }
    }
    access
}

fn values(rules: &[super::Rule]) -> impl Iterator<Item = &String> {
    rules.iter().map(|rule| &rule.value)
}

fn parsed<T: std::str::FromStr>(rules: &[super::Rule]) -> impl Iterator<Item = T> {
    rules.iter().filter_map(|rule| rule.value.parse().ok())
}

fn subnets(rules: &[super::Rule]) -> impl Iterator<Item = SubnetId> {
    rules.iter().filter_map(|rule| SubnetId::parse(&rule.value).ok())
}

/// What opens, what closes, and so which way the change goes.
pub(crate) fn compare(before: &Access, after: &Access, changes: &[Change]) -> AccessChange {
    let (old, new) = (before.addresses(), after.addresses());
    let listed: BTreeSet<&SubnetId> = before.subnets.union(&after.subnets).collect();
    let gained = |from: &Access, to: &Access| {
        let gains = |id: &&SubnetId| to.admits_subnet(id) && !from.admits_subnet(id);
        listed.iter().copied().filter(gains).cloned().collect::<Vec<_>>()
    };
    let mut access = AccessChange {
        opened: new.difference(&old).len(),
        closed: old.difference(&new).len(),
        subnets_opened: gained(before, after),
        subnets_closed: gained(after, before),
        unreadable_opened: before.gained_unreadable(after),
        unreadable_closed: after.gained_unreadable(before),
        effect: Effect::None,
    };
    let widens = access.opened > 0 || !access.subnets_opened.is_empty() || bypass(changes, true);
    let narrows = access.closed > 0 || !access.subnets_closed.is_empty() || bypass(changes, false);
    let widens = widens || access.unreadable_opened > 0;
    let narrows = narrows || access.unreadable_closed > 0;
    access.effect = match (widens, narrows) {
        (true, true) => Effect::Both,
        (true, false) => Effect::Widens,
        (false, true) => Effect::Narrows,
        (false, false) => Effect::None,
    };
    access
}

/// Whether a way past the rules is opened (`on`) or shut: trusted services, or their tasks.
fn bypass(changes: &[Change], on: bool) -> bool {
    changes.iter().any(|change| is_bypass(change, on))
}

/// Whether this change opens (`on`) or shuts a way past the rules.
pub(crate) fn is_bypass(change: &Change, on: bool) -> bool {
    match (change.path, &change.after) {
        (Setting::NetworkRuleBypassOptions, Some(Value::String(value))) => {
            (value == "AzureServices") == on
        }
        (Setting::NetworkRuleBypassAllowedForTasks, Some(Value::Bool(value))) => *value == on,
        _ => false,
    }
}

/// The access mode that a registry shows.
pub fn live_mode(live: &LiveRegistry) -> String {
    of(&Basis::of(live)).mode().to_string()
}
