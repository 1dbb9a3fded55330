//! Counts the entries of a registry's lists, which are limited.

use super::deserialize::Spanned;
use super::entries::RawClients;
use super::{RawCase, RawDetailedIpRule, RawExpect, RawIgnored, RawIpRule, RawRegistry};

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
            for entry in ignore {
                total += match &entry.value {
                    RawIgnored::Text(text) => weight(text),
                    RawIgnored::Detailed(raw) => weight(&raw.text),
                };
            }
        }
        if let Some(expect) = self.expect.as_ref().or(defaults.expect.as_ref()) {
            total += expect.weight();
        }
        for entry in self
            .suppress
            .as_ref()
            .or(defaults.suppress.as_ref())
            .into_iter()
            .flatten()
        {
            total += weight(&entry.value.reason.value);
        }
        total
    }
}

impl RawExpect {
    fn weight(&self) -> usize {
        match self {
            Self::Detailed(raw) => {
                let RawClients { allow, deny } = &**raw;
                weight_of_all(allow) + weight_of_all(deny)
            }
            Self::Cases(cases) => cases.iter().map(RawCase::weight).sum(),
        }
    }
}

impl RawCase {
    fn weight(&self) -> usize {
        let Self {
            name,
            reason,
            allow,
            deny,
        } = self;
        let words = weight(&name.value) + reason.as_deref().map_or(0, weight);
        words + weight_of_all(allow) + weight_of_all(deny)
    }
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
