//! Findings about leases: those whose time is over, because their jobs were killed, and those that cannot be read.

use jiff::Timestamp;
use serde_json::Value;

use super::finding_code::{Drift, FindingCode};
use super::types::{Audit, Finding};
use crate::lease::{Lease, UnreadableLease, leases_of, unreadable_leases_of};
use crate::live::{Live, LiveRegistry};
use crate::model::{Access, Cidr, PublicNetworkAccess, Rule, shell_word};

impl Audit {
    /// Adds a finding for each lease of these registries whose time is over or that cannot be read. `flags` lead another
    /// command to the same service, each after a space.
    pub fn add_left_leases(&mut self, live: &Live, now: Timestamp, flags: &str) {
        for reading in live.registries.values().flatten() {
            let registry = &reading.registry;
            for lease in leases_of(registry) {
                if lease.is_expired(now) {
                    self.findings.push(expired(registry, &lease, flags));
                }
            }
            for lease in unreadable_leases_of(registry) {
                self.findings.push(unreadable(registry, &lease));
            }
        }
        // The order of findings is by registry; within one, leases come last.
        self.findings.sort_by(|a, b| a.registry.cmp(&b.registry));
        self.summary.findings = self.findings.len();
    }
}

fn expired(live: &LiveRegistry, lease: &Lease, flags: &str) -> Finding {
    let id = shell_word(live.id.as_str());
    Finding {
        live: still_open(live, lease).map(Value::from),
        name: Some(format!("{}, until {}", lease.name, lease.until).into()),
        help: Some(format!(
            "close what killed jobs left: ringfence close {id} --expired{flags}"
        )),
        ..finding(live, FindingCode::ExpiredLease)
    }
}

/// Returns what a lease still opens: its addresses that have a rule, or else public access.
fn still_open(live: &LiveRegistry, lease: &Lease) -> Option<String> {
    let access = Access::of(&live.settings);
    let rules: Vec<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let mut there = Vec::new();
    for address in &lease.addresses {
        if rules.contains(address) {
            there.push(address.to_string());
        }
    }
    if !there.is_empty() {
        return Some(there.join(", "));
    }
    let enabled = access.public_network_access == Some(PublicNetworkAccess::Enabled);
    (lease.was_disabled.is_some() && enabled).then(|| "public access".to_owned())
}

fn unreadable(live: &LiveRegistry, lease: &UnreadableLease) -> Finding {
    Finding {
        live: Some(Value::from(&*lease.value)),
        name: Some(lease.tag.as_str().into()),
        help: Some(
            "which rules are its own is not known, so `close` leaves it: take out the rules that its job added, and remove \
             the tag"
                .to_owned(),
        ),
        ..finding(live, FindingCode::UnreadableLease)
    }
}

fn finding(live: &LiveRegistry, code: FindingCode) -> Finding {
    Finding {
        code,
        severity: code.severity(),
        registry: live.id.clone(),
        path: None,
        drift: Drift::Lease,
        live: None,
        wanted: None,
        name: None,
        case: None,
        source: None,
        last_modified: live.last_modified.clone(),
        help: None,
    }
}
