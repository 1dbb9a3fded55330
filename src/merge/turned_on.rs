//! Service endpoints that several shards turn on: a shard does not know what the others do.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::kind::ReportKind;
use crate::apply::{EndpointOutcomes, StepReport};
use crate::model::SubnetId;
use crate::plan::Changes;

/// The subnets whose endpoint one or more reports turn on, each subnet once.
#[derive(Clone, Debug, Default)]
pub(super) struct TurnedOn {
    /// Those of plans.
    pub(super) planned: BTreeSet<SubnetId>,
    /// Those of applies.
    pub(super) applied: EndpointOutcomes,
}

/// The fields of a plan's entry that name its endpoints.
#[derive(Deserialize)]
struct PlannedEntry {
    #[serde(default)]
    changes: Changes,
}

/// The fields of an apply's entry that name its endpoints.
#[derive(Deserialize)]
struct AppliedEntry {
    #[serde(default)]
    steps: Vec<StepReport>,
}

impl TurnedOn {
    /// Reads the endpoints of these entries. An audit turns none on.
    pub(super) fn read(kind: ReportKind, entries: &[Value]) -> Result<Self, serde_json::Error> {
        let mut found = Self::default();
        for entry in entries {
            match kind {
                ReportKind::Plan => found.add_planned(&PlannedEntry::deserialize(entry)?.changes),
                ReportKind::Apply => found.applied.add(&AppliedEntry::deserialize(entry)?.steps),
                ReportKind::Audit => {}
            }
        }
        Ok(found)
    }

    fn add_planned(&mut self, changes: &Changes) {
        let Some(endpoints) = &changes.endpoints else {
            return;
        };
        for listed in &endpoints.add {
            self.planned.extend(listed.rule.subnet().cloned());
        }
    }

    /// Adds those of another part.
    pub(super) fn extend(&mut self, other: Self) {
        self.planned.extend(other.planned);
        self.applied.extend(other.applied);
    }
}
