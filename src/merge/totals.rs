//! Sums of summaries.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::ReportKind;
use super::turned_on::TurnedOn;
use crate::apply::ReportSummary;
use crate::audit::AuditSummary;
use crate::plan::Summary;

/// Counts over a report, in the form of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Totals {
    Plan(Summary),
    Apply(ReportSummary),
    Audit(AuditSummary),
}

impl Totals {
    /// Reads the summary of a report of this kind.
    pub(super) fn read(kind: ReportKind, summary: &Value) -> Result<Self, serde_json::Error> {
        if has_huge_count(summary) {
            return Err(serde_json::Error::custom("a count of its summary is too large"));
        }
        match kind {
            ReportKind::Plan => Summary::deserialize(summary).map(Self::Plan),
            ReportKind::Apply => ReportSummary::deserialize(summary).map(Self::Apply),
            ReportKind::Audit => AuditSummary::deserialize(summary).map(Self::Audit),
        }
    }

    /// Returns the summary of no registries.
    pub(super) fn none(kind: ReportKind) -> Self {
        match kind {
            ReportKind::Plan => Self::Plan(Summary::default()),
            ReportKind::Apply => Self::Apply(ReportSummary::default()),
            ReportKind::Audit => Self::Audit(AuditSummary::default()),
        }
    }

    /// Returns the sums of two summaries of one kind.
    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Plan(a), Self::Plan(b)) => Self::Plan(a.plus(b)),
            (Self::Apply(a), Self::Apply(b)) => Self::Apply(a.plus(b)),
            (Self::Audit(a), Self::Audit(b)) => Self::Audit(a.plus(b)),
            _ => self,
        }
    }

    /// Returns the counts without those of endpoints that are turned on.
    pub(super) fn without(self, endpoints: &TurnedOn) -> Self {
        match self {
            Self::Plan(plan) => Self::Plan(plan.without_endpoints(endpoints.planned.len())),
            Self::Apply(apply) => Self::Apply(apply.without_changes(endpoints.applied.summary())),
            Self::Audit(_) => self,
        }
    }

    /// Returns the counts with those of endpoints that are turned on.
    pub(super) fn with(self, endpoints: &TurnedOn) -> Self {
        match self {
            Self::Plan(mut plan) => {
                plan.change += endpoints.planned.len();
                Self::Plan(plan)
            }
            Self::Apply(apply) => Self::Apply(apply.plus(endpoints.applied.summary())),
            Self::Audit(_) => self,
        }
    }
}

/// Returns true if a count is one that no report has. Sums of the others cannot overflow.
fn has_huge_count(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_some_and(|count| count > u32::MAX.into()),
        Value::Object(fields) => fields.values().any(has_huge_count),
        _ => false,
    }
}
