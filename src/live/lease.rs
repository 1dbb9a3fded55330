//! Leases: access for a while, as the tags of a registry record it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::LiveRegistry;
use crate::model::{Cidr, DefaultAction, RegistryId, shell_word};

/// Begin of the name of every tag of a lease.
const PREFIX: &str = "ringfence-lease-";

/// Access for a while that one job holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lease {
    #[schemars(with = "String")]
    pub name: LeaseName,
    /// The time from which the job counts as gone.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// The addresses that its rules admit.
    #[schemars(with = "Vec<String>")]
    pub addresses: BTreeSet<Cidr>,
    /// The default action before public access was enabled for leases; `None` if it was enabled already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_disabled: Option<DefaultAction>,
}

/// Name of a lease, in lower case: Azure compares the names of tags without case (tag-resources).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct LeaseName(String);

/// A text that cannot name a lease.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 letters, digits, `.`, `_` and `-`")]
pub struct LeaseNameError;

impl FromStr for LeaseName {
    type Err = LeaseNameError;

    fn from_str(text: &str) -> Result<Self, LeaseNameError> {
        if text.is_empty() || text.len() > 64 || !text.bytes().all(is_plain) {
            return Err(LeaseNameError);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl LeaseName {
    /// Returns the name as its tag has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LeaseName {
    type Error = LeaseNameError;

    fn try_from(text: String) -> Result<Self, LeaseNameError> {
        text.parse()
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Lease {
    /// Returns true if the time of the lease is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.until <= now
    }

    /// Returns the command that closes it. `flags` lead to the same service, each after a space.
    pub(crate) fn close_command(&self, registry: &RegistryId, flags: &str) -> String {
        let id = shell_word(registry.as_str());
        format!("ringfence close {id} --lease {}{flags}", self.name)
    }

    /// Returns the name of the tag.
    pub(crate) fn key(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Returns the value of the tag: `until=2026-11-29T03:20:00Z ip=198.51.100.7 was=Disabled/Allow`.
    pub(crate) fn value(&self) -> String {
        let mut value = format!("until={}", self.until);
        let held: Vec<String> = self.addresses.iter().map(Cidr::to_string).collect();
        if !held.is_empty() {
            value += &format!(" ip={}", held.join(","));
        }
        if let Some(action) = self.was_disabled {
            value += &format!(" was=Disabled/{}", action.as_str());
        }
        value
    }

    /// Reads a tag. Returns `None` for a tag that is not a lease, or that someone has edited.
    pub(crate) fn read(key: &str, value: &str) -> Option<Self> {
        let key = key.to_ascii_lowercase();
        let mut lease = Self {
            name: key.strip_prefix(PREFIX)?.parse().ok()?,
            until: Timestamp::MIN,
            addresses: BTreeSet::new(),
            was_disabled: None,
        };
        for word in value.split(' ') {
            match word.split_once('=')? {
                // Of two ends or two states before, one is not what the job wrote.
                ("until", _) if lease.until > Timestamp::MIN => return None,
                ("was", _) if lease.was_disabled.is_some() => return None,
                ("until", time) => lease.until = time.parse().ok()?,
                ("ip", list) => {
                    for address in list.split(',') {
                        lease.addresses.insert(address.parse().ok()?);
                    }
                }
                ("was", "Disabled/Allow") => lease.was_disabled = Some(DefaultAction::Allow),
                ("was", "Disabled/Deny") => lease.was_disabled = Some(DefaultAction::Deny),
                _ => return None,
            }
        }
        let is_whole = lease.until > Timestamp::MIN
            && !(lease.addresses.is_empty() && lease.was_disabled.is_none());
        is_whole.then_some(lease)
    }
}

/// Returns the leases that the tags of a registry record.
pub fn leases_of(live: &LiveRegistry) -> Vec<Lease> {
    let mut leases = Vec::new();
    for (key, value) in &live.tags {
        if let Some(value) = value.as_str() {
            leases.extend(Lease::read(key, value));
        }
    }
    leases
}

/// The tag of a lease whose value someone has damaged, so that the rules of the lease are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadableLease {
    /// Name of the tag.
    pub tag: String,
    pub value: String,
}

impl UnreadableLease {
    /// Returns true if the tag is that of the lease with this name.
    pub fn is_of(&self, name: &LeaseName) -> bool {
        self.tag.eq_ignore_ascii_case(&format!("{PREFIX}{name}"))
    }

    /// Returns the command that removes the tag.
    pub fn remove_command(&self, registry: &RegistryId) -> String {
        format!(
            "az tag update --resource-id {} --operation Delete --tags {}",
            shell_word(registry.as_str()),
            shell_word(format!("{}={}", self.tag, self.value))
        )
    }
}

/// Returns true if the name of a tag, in lower case, is that of a lease.
pub(crate) fn is_lease_tag(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Returns the tags of leases that cannot be read.
pub fn unreadable_leases_of(live: &LiveRegistry) -> Vec<UnreadableLease> {
    let mut unreadable = Vec::new();
    for (tag, value) in &live.tags {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if is_lease_tag(&tag.to_ascii_lowercase()) && Lease::read(tag, &value).is_none() {
            let tag = tag.clone();
            unreadable.push(UnreadableLease { tag, value });
        }
    }
    unreadable
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::live::parse;
    use serde_json::json;

    pub(crate) fn lease(name: &str, until: &str, addresses: &[&str]) -> Lease {
        Lease {
            name: name.parse().unwrap(),
            until: until.parse().unwrap(),
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            was_disabled: None,
        }
    }

    /// A Premium registry with this public access, default action, these IP rules and these tags.
    pub(crate) fn registry(public: &str, action: &str, ips: &[&str], leases: &[Lease]) -> LiveRegistry {
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let mut tags = json!({"team": "platform"});
        for lease in leases {
            tags[lease.key()] = lease.value().into();
        }
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope", "tags": tags, "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io",
                "publicNetworkAccess": public, "privateEndpointConnections": [],
                "networkRuleSet": {"defaultAction": action, "ipRules": rules, "virtualNetworkRules": []}},
        });
        parse::registry("2025-11-01", body).unwrap()
    }

    #[test]
    fn tag_of_a_lease_is_read_back() {
        let mut written = lease(
            "Run-7.a",
            "2026-11-29T03:20:00Z",
            &["198.51.100.7", "203.0.113.0/24"],
        );
        written.was_disabled = Some(DefaultAction::Allow);
        assert_eq!(written.key(), "ringfence-lease-run-7.a");
        assert_eq!(
            written.value(),
            "until=2026-11-29T03:20:00Z ip=198.51.100.7,203.0.113.0/24 was=Disabled/Allow"
        );
        assert_eq!(
            Lease::read(&written.key().to_uppercase(), &written.value()),
            Some(written)
        );
    }

    #[test]
    fn damaged_tags_of_leases_are_found() {
        let mut live = registry(
            "Enabled",
            "Deny",
            &[],
            &[lease("whole", "2026-11-29T03:20:00Z", &["198.51.100.7"])],
        );
        live.tags
            .insert("Ringfence-Lease-job".to_owned(), json!("until=soon"));
        let found = unreadable_leases_of(&live);
        assert_eq!(
            found,
            [UnreadableLease {
                tag: "Ringfence-Lease-job".to_owned(),
                value: "until=soon".to_owned(),
            }]
        );
        assert!(found[0].is_of(&"JOB".parse().unwrap()));
        assert!(!found[0].is_of(&"whole".parse().unwrap()));
    }

    #[test]
    fn edited_tags_are_not_leases() {
        let value = "until=2026-11-29T03:20:00Z ip=198.51.100.7";
        let rows = [
            ("team", value),
            ("ringfence-lease-", value),
            ("ringfence-lease-a b", value),
            ("ringfence-lease-a", ""),
            ("ringfence-lease-a", "ip=198.51.100.7"),
            ("ringfence-lease-a", "until=2026-11-29T03:20:00Z"),
            ("ringfence-lease-a", "until=soon ip=198.51.100.7"),
            ("ringfence-lease-a", "until=2026-11-29T03:20:00Z ip=all"),
            (
                "ringfence-lease-a",
                "until=2026-11-29T03:20:00Z ip=198.51.100.7 x=1",
            ),
            (
                "ringfence-lease-a",
                "until=2026-11-29T03:20:00Z was=Disabled/Deny was=Disabled/Allow",
            ),
            (
                "ringfence-lease-a",
                "until=2026-11-29T03:20:00Z until=2026-11-29T04:20:00Z ip=198.51.100.7",
            ),
            // A part of an older version, which let runs change the tag.
            (
                "ringfence-lease-a",
                "until=2026-11-29T03:20:00Z ip=198.51.100.7 kept=203.0.113.9",
            ),
        ];
        for (key, value) in rows {
            assert_eq!(Lease::read(key, value), None, "{key}: {value}");
        }
    }
}
