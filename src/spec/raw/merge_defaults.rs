//! Reads the settings of a registry: fills in defaults, counts entries, and lists the values.

use super::deserialize::Spanned;
use super::{RawDetailedIpRule, RawGuardrails, RawIpRule, RawRegistry};
use crate::model::{Setting, SettingValue};
use crate::spec::types::ListedRule;

/// Returns the number of entries that a text counts as: one, and one more for each 64 bytes.
fn weight(text: &str) -> usize {
    1 + text.len() / 64
}

fn weight_of_all(texts: &[Spanned<String>]) -> usize {
    texts.iter().map(|text| weight(&text.value)).sum()
}

impl RawRegistry {
    /// Returns the number of entries in the lists of this registry, with those that it takes from `defaults`. A name
    /// counts as one entry.
    pub(crate) fn weight(&self, defaults: &Self) -> usize {
        // Only lists can be long. Each list of the registry replaces that of the defaults.
        let mut total = 0;
        if let Some(rules) = self.ip_rules.as_ref().or(defaults.ip_rules.as_ref()) {
            for rule in &rules.value {
                total += rule.value.weight();
            }
        }
        if let Some(subnets) = self.subnets.as_ref().or(defaults.subnets.as_ref()) {
            total += weight_of_all(&subnets.value);
        }
        if let Some(ignore) = self.ignore.as_ref().or(defaults.ignore.as_ref()) {
            total += weight_of_all(ignore);
        }
        if let Some(expect) = self.expect.as_ref().or(defaults.expect.as_ref()) {
            total += weight_of_all(&expect.allow) + weight_of_all(&expect.deny);
        }
        total
    }

    /// Fills in the settings that are missing here. The keys that identify the registry have no default.
    pub(crate) fn or(self, defaults: &Self) -> Self {
        Self {
            id: self.id,
            name: self.name,
            resource_group: self.resource_group,
            subscription: self.subscription,
            public_network_access: self
                .public_network_access
                .or_else(|| defaults.public_network_access.clone()),
            default_action: self.default_action.or_else(|| defaults.default_action.clone()),
            ip_rules: self.ip_rules.or_else(|| defaults.ip_rules.clone()),
            subnets: self.subnets.or_else(|| defaults.subnets.clone()),
            service_endpoints: self
                .service_endpoints
                .or_else(|| defaults.service_endpoints.clone()),
            trusted_services: self
                .trusted_services
                .or_else(|| defaults.trusted_services.clone()),
            tasks_bypass: self.tasks_bypass.or_else(|| defaults.tasks_bypass.clone()),
            data_endpoint: self.data_endpoint.or_else(|| defaults.data_endpoint.clone()),
            endpoint_protocol: self
                .endpoint_protocol
                .or_else(|| defaults.endpoint_protocol.clone()),
            ownership: self.ownership.or_else(|| defaults.ownership.clone()),
            ignore: self.ignore.or_else(|| defaults.ignore.clone()),
            expect: self.expect.or_else(|| defaults.expect.clone()),
        }
    }
}

/// A setting with its value and its place.
type PlacedValue = (Setting, Spanned<SettingValue<ListedRule>>);

impl RawRegistry {
    /// Returns the settings that have one value each. The pattern names every key, so that no new key is forgotten
    /// here.
    pub(crate) fn single_values(&self) -> Vec<PlacedValue> {
        let Self {
            public_network_access,
            default_action,
            trusted_services,
            tasks_bypass,
            data_endpoint,
            endpoint_protocol,
            // The lists and the keys that are no settings are resolved one by one.
            id: _,
            name: _,
            resource_group: _,
            subscription: _,
            ip_rules: _,
            subnets: _,
            service_endpoints: _,
            ownership: _,
            ignore: _,
            expect: _,
        } = self;
        let trusted_services = trusted_services.as_ref().map(|raw| Spanned {
            at: raw.at,
            value: Setting::NetworkRuleBypassOptions.flag_word(raw.value),
        });
        let mut values = Vec::new();
        values.extend(placed(Setting::PublicNetworkAccess, public_network_access));
        values.extend(placed(Setting::DefaultAction, default_action));
        values.extend(placed(Setting::NetworkRuleBypassOptions, &trusted_services));
        values.extend(placed(Setting::NetworkRuleBypassAllowedForTasks, tasks_bypass));
        values.extend(placed(Setting::DataEndpointEnabled, data_endpoint));
        values.extend(placed(Setting::EndpointProtocol, endpoint_protocol));
        values
    }
}

fn placed<T>(setting: Setting, raw: &Option<Spanned<T>>) -> Option<PlacedValue>
where
    T: Copy + Into<SettingValue<ListedRule>>,
{
    let raw = raw.as_ref()?;
    let value = raw.value.into();
    Some((setting, Spanned { at: raw.at, value }))
}

impl RawIpRule {
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) => weight(text),
            Self::Detailed(raw) => {
                let RawDetailedIpRule {
                    cidr,
                    owner,
                    reason,
                    ticket,
                    expires: _,
                } = &**raw;
                let mut total = weight(&cidr.value);
                for word in [owner, reason, ticket].into_iter().flatten() {
                    total += weight(word);
                }
                total
            }
        }
    }
}

impl RawGuardrails {
    /// Fills in the limits that are missing here.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            max_removals: self.max_removals.or(other.max_removals),
            max_removal_percent: self.max_removal_percent.or(other.max_removal_percent),
            widest_rule: self.widest_rule.or_else(|| other.widest_rule.clone()),
        }
    }
}
