//! What leases hold: the part of a registry's settings that goes when they are closed.

use std::collections::BTreeSet;

use super::LiveRegistry;
use super::lease::{Lease, leases_of};
use crate::model::{
    Access, Cidr, DefaultAction, PublicNetworkAccess, Rule, Setting, SettingValue, Settings,
};

/// Returns the settings of a registry as its leases leave them when they are closed.
pub(crate) fn settings_without_leases(live: &LiveRegistry) -> Settings {
    settings_without(&leases_of(live), &live.settings)
}

/// Returns these settings as they are when the leases are closed.
pub(crate) fn settings_without(leases: &[Lease], settings: &Settings) -> Settings {
    let mut left = settings.clone();
    let held: BTreeSet<Cidr> = leases.iter().flat_map(|lease| lease.addresses.clone()).collect();
    if !held.is_empty()
        && let Some(rules) = left.rules_mut(Setting::IpRules)
    {
        rules.retain(|rule: &Rule| rule.cidr().is_none_or(|cidr| !held.contains(&cidr)));
    }
    let access = Access::of(settings);
    if let Some(action) = leases.iter().find_map(|lease| lease.was_disabled)
        && access.public_network_access == Some(PublicNetworkAccess::Enabled)
    {
        let disabled = PublicNetworkAccess::Disabled.as_str();
        left.set(Setting::PublicNetworkAccess, SettingValue::from(disabled));
        // An action that somebody else has set in the meantime stays.
        if access.default_action == DefaultAction::Deny {
            left.set(Setting::DefaultAction, SettingValue::from(action.as_str()));
        }
    }
    left
}
