//! Findings about leases whose time is over: the jobs that opened a registry for a while were killed.

use jiff::Timestamp;
use serde_json::Value;

use super::finding_code::{Drift, FindingCode};
use super::types::{Audit, Finding};
use crate::lease::{Lease, leases_of};
use crate::live::{Live, LiveRegistry};
use crate::model::Cidr;

impl Audit {
    /// Adds a finding for each lease of these registries whose time is over.
    pub fn add_expired_leases(&mut self, live: &Live, now: Timestamp) {
        for reading in live.registries.values().flatten() {
            for lease in leases_of(&reading.registry) {
                if lease.is_expired(now) {
                    self.findings.push(expired(&reading.registry, &lease));
                }
            }
        }
        // The order of findings is by registry; within one, leases come last.
        self.findings.sort_by(|a, b| a.registry.cmp(&b.registry));
        self.summary.findings = self.findings.len();
    }
}

fn expired(live: &LiveRegistry, lease: &Lease) -> Finding {
    let addresses: Vec<String> = lease.addresses.iter().map(Cidr::to_string).collect();
    let code = FindingCode::ExpiredLease;
    Finding {
        code,
        severity: code.severity(),
        registry: live.id.clone(),
        path: None,
        drift: Drift::Lease,
        live: Some(Value::from(addresses.join(", "))),
        wanted: None,
        name: Some(format!("{}, until {}", lease.name, lease.until).into()),
        case: None,
        source: None,
        last_modified: live.last_modified.clone(),
        help: Some(format!(
            "close what killed jobs left: ringfence close {} --expired",
            live.id
        )),
    }
}
