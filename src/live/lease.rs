//! Leases: access for a while, as the tags of a registry record it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::LiveRegistry;
use crate::model::{Cidr, DefaultAction};

/// Begin of the name of every tag of a lease.
const PREFIX: &str = "ringfence-lease-";

/// Access for a while that one job holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: LeaseName,
    /// The time from which the job counts as gone.
    pub until: Timestamp,
    /// The addresses that its rules admit.
    pub addresses: BTreeSet<Cidr>,
    /// The default action before public access was enabled for leases; `None` if it was enabled already.
    pub was_disabled: Option<DefaultAction>,
    /// The part that a run has taken over. The tag names it, because the job still has the whole lease in mind when it
    /// closes.
    pub kept: Kept,
}

/// The part of a lease that stays when the lease is closed, because a spec or `rule add` wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub addresses: BTreeSet<Cidr>,
    /// True if public access stays enabled.
    pub public_access: bool,
}

/// The wishes of a spec that leases may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) addresses: BTreeSet<Cidr>,
    /// True if public access is wanted.
    pub(crate) public_access: bool,
    /// The default action that must be there when public access is disabled again.
    pub(crate) default_action: Option<DefaultAction>,
}

/// Word of a tag for public access that stays.
const KEPT_PUBLIC_ACCESS: &str = "public-access";

/// Name of a lease, in lower case: Azure compares the names of tags without case (tag-resources).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Returns the name of the tag.
    pub(crate) fn key(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Returns the value of the tag: `until=2026-11-29T03:20:00Z ip=198.51.100.7 was=Disabled/Allow`. What a run has taken
    /// over is `kept=203.0.113.9,public-access`.
    pub(crate) fn value(&self) -> String {
        let mut value = format!("until={}", self.until);
        let held: Vec<String> = self.addresses.iter().map(Cidr::to_string).collect();
        if !held.is_empty() {
            value += &format!(" ip={}", held.join(","));
        }
        if let Some(action) = self.was_disabled {
            value += &format!(" was=Disabled/{}", action.as_str());
        }
        let mut kept: Vec<String> = self.kept.addresses.iter().map(Cidr::to_string).collect();
        if self.kept.public_access {
            kept.push(KEPT_PUBLIC_ACCESS.to_owned());
        }
        if !kept.is_empty() {
            value += &format!(" kept={}", kept.join(","));
        }
        value
    }

    /// Returns the lease after a run has taken over what it wants of it.
    pub(crate) fn without(&self, taken: &Taken) -> Self {
        let mut left = self.clone();
        for address in self.addresses.intersection(&taken.addresses) {
            left.addresses.remove(address);
            left.kept.addresses.insert(*address);
        }
        if self.was_disabled.is_some() && taken.public_access {
            left.was_disabled = None;
            left.kept.public_access = true;
        } else if self.was_disabled.is_some() && taken.default_action.is_some() {
            left.was_disabled = taken.default_action;
        }
        left
    }

    /// Reads a tag. Returns `None` for a tag that is not a lease, or that someone has edited.
    pub(crate) fn read(key: &str, value: &str) -> Option<Self> {
        let key = key.to_ascii_lowercase();
        let mut lease = Self {
            name: key.strip_prefix(PREFIX)?.parse().ok()?,
            until: Timestamp::MIN,
            addresses: BTreeSet::new(),
            was_disabled: None,
            kept: Kept::default(),
        };
        for word in value.split(' ') {
            match word.split_once('=')? {
                ("until", time) => lease.until = time.parse().ok()?,
                ("ip", list) => {
                    for address in list.split(',') {
                        lease.addresses.insert(address.parse().ok()?);
                    }
                }
                ("was", "Disabled/Allow") => lease.was_disabled = Some(DefaultAction::Allow),
                ("was", "Disabled/Deny") => lease.was_disabled = Some(DefaultAction::Deny),
                ("kept", list) => lease.kept = Kept::read(list)?,
                _ => return None,
            }
        }
        let is_whole = lease.until > Timestamp::MIN
            && !(lease.addresses.is_empty() && lease.was_disabled.is_none() && lease.kept.is_empty());
        is_whole.then_some(lease)
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.addresses.is_empty() && !self.public_access
    }

    fn read(list: &str) -> Option<Self> {
        let mut kept = Self::default();
        for word in list.split(',') {
            if word == KEPT_PUBLIC_ACCESS {
                kept.public_access = true;
            } else {
                kept.addresses.insert(word.parse().ok()?);
            }
        }
        Some(kept)
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
}

/// Returns the tags of leases that cannot be read.
pub fn unreadable_leases_of(live: &LiveRegistry) -> Vec<UnreadableLease> {
    let mut unreadable = Vec::new();
    for (tag, value) in &live.tags {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if tag.to_ascii_lowercase().starts_with(PREFIX) && Lease::read(tag, &value).is_none() {
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
            kept: Kept::default(),
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
    fn lease_names_what_a_run_has_taken_over() {
        let (wide, one) = ("203.0.113.0/24", "198.51.100.7");
        let mut written = lease("job", "2026-11-29T03:20:00Z", &[one, wide]);
        written.was_disabled = Some(DefaultAction::Allow);
        let rows = [
            (
                &[one][..],
                false,
                None,
                "ip=203.0.113.0/24 was=Disabled/Allow kept=198.51.100.7",
            ),
            (
                &[],
                true,
                None,
                "ip=198.51.100.7,203.0.113.0/24 kept=public-access",
            ),
            (
                &[],
                false,
                Some(DefaultAction::Deny),
                "ip=198.51.100.7,203.0.113.0/24 was=Disabled/Deny",
            ),
            (
                &[one, wide],
                true,
                None,
                "kept=198.51.100.7,203.0.113.0/24,public-access",
            ),
        ];
        for (addresses, public_access, default_action, value) in rows {
            let taken = Taken {
                addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
                public_access,
                default_action,
            };
            let left = written.without(&taken);
            assert_eq!(left.value(), format!("until=2026-11-29T03:20:00Z {value}"));
            assert_eq!(Lease::read(&left.key(), &left.value()), Some(left.clone()));
            // What is taken over once stays so.
            assert_eq!(left.without(&taken), left);
        }
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
        ];
        for (key, value) in rows {
            assert_eq!(Lease::read(key, value), None, "{key}: {value}");
        }
    }
}
