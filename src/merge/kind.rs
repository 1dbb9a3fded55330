//! Kinds of reports.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{apply, audit, plan};

/// Kind of a report that can be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum ReportKind {
    #[serde(rename = "ringfence.plan/1")]
    Plan,
    #[serde(rename = "ringfence.apply/1")]
    Apply,
    #[serde(rename = "ringfence.audit/1")]
    Audit,
}

impl ReportKind {
    /// Returns the kind with this format.
    pub(super) fn of(format: &str) -> Option<Self> {
        [Self::Plan, Self::Apply, Self::Audit]
            .into_iter()
            .find(|kind| kind.format() == format)
    }

    fn format(self) -> &'static str {
        match self {
            Self::Plan => plan::FORMAT,
            Self::Apply => apply::FORMAT,
            Self::Audit => audit::FORMAT,
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format())
    }
}
