//! What leases hold: the part of a registry's settings that goes when they are closed.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LiveRegistry;
use super::lease::{Lease, leases_of};
use crate::model::{
    Access, Cidr, DefaultAction, PublicNetworkAccess, Rule, Setting, SettingValue, Settings,
};

/// Returns the settings of a registry as its leases leave them when they are closed.
pub(crate) fn settings_without_leases(live: &LiveRegistry) -> Settings {
    Held::by(&leases_of(live)).without(&live.settings)
}

/// Addresses and public access that leases hold: they go when the leases are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Held {
    #[schemars(with = "Vec<String>")]
    pub addresses: BTreeSet<Cidr>,
    /// The default action that comes back when public access is disabled again; absent if no lease has enabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_disabled: Option<DefaultAction>,
}

impl Held {
    /// Returns what these leases hold.
    pub(crate) fn by(leases: &[Lease]) -> Self {
        Self {
            addresses: leases.iter().flat_map(|lease| lease.addresses.clone()).collect(),
            was_disabled: leases.iter().find_map(|lease| lease.was_disabled),
        }
    }

    /// Returns true if nothing is held.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the settings as they are when the leases are closed.
    pub(crate) fn without(&self, settings: &Settings) -> Settings {
        let mut left = settings.clone();
        if !self.addresses.is_empty()
            && let Some(rules) = left.rules_mut(Setting::IpRules)
        {
            rules.retain(|rule: &Rule| rule.cidr().is_none_or(|cidr| !self.addresses.contains(&cidr)));
        }
        let access = Access::of(settings);
        if let Some(action) = self.was_disabled
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
}
