//! The settings of a registry as values that can be compared.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::lists::canonical;
use super::{Basis, Setting};

/// The settings that are rule lists.
pub(super) const LISTS: [Setting; 2] = [Setting::IpRules, Setting::VirtualNetworkRules];

impl Setting {
    /// Those of the registry itself.
    pub const REGISTRY: [Self; 7] = [
        Self::PublicNetworkAccess,
        Self::DefaultAction,
        Self::IpRules,
        Self::VirtualNetworkRules,
        Self::NetworkRuleBypassOptions,
        Self::NetworkRuleBypassAllowedForTasks,
        Self::DataEndpointEnabled,
    ];
}

impl Basis {
    /// What a setting is; `null` where the api-version does not show it. Lists are sets of canonical forms, so an order
    /// or a spelling that differs is no difference.
    pub fn value(&self, path: Setting) -> Value {
        match path {
            Setting::PublicNetworkAccess => json!(self.public_network_access),
            Setting::DefaultAction => json!(self.default_action.as_deref().unwrap_or("Allow")),
            Setting::NetworkRuleBypassOptions => json!(self.network_rule_bypass_options),
            Setting::NetworkRuleBypassAllowedForTasks => {
                json!(self.network_rule_bypass_allowed_for_tasks)
            }
            Setting::DataEndpointEnabled => json!(self.data_endpoint_enabled),
            Setting::IpRules | Setting::VirtualNetworkRules => json!(self.rules(path)),
            // A subnet's, not the registry's.
            Setting::ServiceEndpoints => Value::Null,
        }
    }

    /// The rules of a list in canonical form; `None` where the api-version hides them.
    pub(super) fn rules(&self, path: Setting) -> Option<BTreeSet<String>> {
        let values = match path {
            Setting::VirtualNetworkRules => self.virtual_network_rules.as_ref()?,
            _ => &self.ip_rules,
        };
        Some(values.iter().map(|value| canonical(value)).collect())
    }
}
