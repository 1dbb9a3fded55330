//! Audits that compare with the state before a run in place of a spec.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding_code::{Drift, FindingCode};
use super::types::{Audit, AuditState, Finding};
use crate::model::{RegistryId, SubnetId};
use crate::plan::RowPath;

impl Audit {
    /// Makes the audit a comparison with the state before a run. `turned_on` has the service endpoints that the run turned on
    /// and that are on now, each with the registry that it was turned on for. `unwritten` are registries of the run without an
    /// earlier state.
    pub fn compare_with_earlier(
        &mut self,
        turned_on: Vec<(RegistryId, SubnetId)>,
        unwritten: BTreeSet<RegistryId>,
    ) {
        self.since = std::mem::take(&mut self.specs);
        self.not_written = unwritten.into_iter().collect();
        // The earlier state had a rule for the subnet. Nothing says that the subnet was there.
        self.findings
            .retain(|finding| finding.code != FindingCode::GoneSubnet);
        for (registry, subnet) in turned_on {
            self.add_endpoint(registry, &subnet);
        }
        // The sort is stable: the findings of a registry keep their order.
        self.findings.sort_by(|a, b| a.registry.cmp(&b.registry));
        self.summary.findings = self.findings.len();
    }

    fn add_endpoint(&mut self, registry: RegistryId, subnet: &SubnetId) {
        let Some(audited) = self.registries.iter_mut().find(|one| one.id == registry) else {
            return;
        };
        if audited.state == AuditState::InSync {
            audited.state = AuditState::Drifted;
            self.summary.in_sync -= 1;
            self.summary.drifted += 1;
        }
        let path = Some(RowPath::ServiceEndpoints);
        let code = FindingCode::of(Drift::Unexpected, path);
        self.findings.push(Finding {
            code,
            severity: code.severity(),
            registry,
            path,
            drift: Drift::Unexpected,
            live: Some(Value::from(subnet.as_str())),
            wanted: None,
            name: None,
            case: None,
            source: None,
            last_modified: None,
            help: None,
        });
    }
}
