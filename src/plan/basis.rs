//! What a plan rests on, setting by setting, as values that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::{Value, json};

use super::Setting;
use super::rules::canonical;
use crate::live::LiveRegistry;

/// What the plan rests on, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    pub api_version: String,
    pub sku: String,
    pub provisioning_state: String,
    pub public_network_access: Option<String>,
    pub default_action: Option<String>,
    pub ip_rules: Vec<String>,
    /// `null` where the api-version hides them.
    pub virtual_network_rules: Option<Vec<String>>,
    pub network_rule_bypass_options: Option<String>,
    pub network_rule_bypass_allowed_for_tasks: Option<bool>,
    pub data_endpoint_enabled: Option<bool>,
    pub export_policy: Option<String>,
    pub private_endpoint_connections: usize,
    /// Whether each subnet that was read has the service endpoint.
    #[schemars(with = "BTreeMap<String, Option<bool>>")]
    pub subnets: BTreeMap<String, Option<bool>>,
    /// Registration state of `Microsoft.ContainerRegistry`, by subscription.
    pub registrations: BTreeMap<String, String>,
}

impl Basis {
    /// What a registry shows of itself.
    pub fn of(live: &LiveRegistry) -> Self {
        Self {
            api_version: live.api_version.clone(),
            sku: live.sku.clone(),
            provisioning_state: live.provisioning_state.clone(),
            public_network_access: live.public_network_access.clone(),
            default_action: live.default_action.clone(),
            ip_rules: live.ip_rules.iter().map(|rule| rule.value.clone()).collect(),
            virtual_network_rules: live.subnet_rules.values(),
            network_rule_bypass_options: live.network_rule_bypass_options.clone(),
            network_rule_bypass_allowed_for_tasks: live.network_rule_bypass_allowed_for_tasks,
            data_endpoint_enabled: live.data_endpoint_enabled,
            export_policy: live.export_policy.clone(),
            private_endpoint_connections: live.private_endpoint_connections,
            subnets: BTreeMap::new(),
            registrations: BTreeMap::new(),
        }
    }

    /// What a setting is; `null` where the api-version does not show it. Lists are sets of canonical forms, so an order
    /// or a spelling that differs is no difference.
    pub fn value(&self, path: Setting) -> Value {
        match path {
            Setting::PublicNetworkAccess => word(self.public_network_access.as_deref()),
            Setting::DefaultAction => word(self.default_action.as_deref().or(Some("Allow"))),
            Setting::NetworkRuleBypassOptions => word(self.network_rule_bypass_options.as_deref()),
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
    pub(crate) fn rules(&self, path: Setting) -> Option<BTreeSet<String>> {
        let values = match path {
            Setting::VirtualNetworkRules => self.virtual_network_rules.as_ref()?,
            _ => &self.ip_rules,
        };
        Some(values.iter().map(|value| canonical(value)).collect())
    }
}

/// A value of an enumeration in ARM's own case: answers mix it. What is not known stays as it is.
fn word(value: Option<&str>) -> Value {
    const KNOWN: [&str; 6] = ["Enabled", "Disabled", "Allow", "Deny", "AzureServices", "None"];
    let own = |value| KNOWN.into_iter().find(|word| word.eq_ignore_ascii_case(value));
    json!(value.map(|value| own(value).unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_compare_without_case_and_unknown_ones_as_they_are() {
        for (value, want) in [
            (Some("enabled"), json!("Enabled")),
            (Some("AZURESERVICES"), json!("AzureServices")),
            (Some("SecuredByPerimeter"), json!("SecuredByPerimeter")),
            (None, Value::Null),
        ] {
            assert_eq!(word(value), want);
        }
    }
}
