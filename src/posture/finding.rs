//! Findings of posture rules.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::RegistryId;
use crate::spec::{PostureRule, Severity, Source};

/// One finding of a posture rule.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostureFinding {
    /// The id of the rule, such as `RF001`.
    #[schemars(with = "String")]
    pub rule: PostureRule,
    pub severity: Severity,
    #[schemars(with = "String")]
    pub registry: RegistryId,
    pub message: String,
    /// Rules, ids and names that it is about. Together with rule and registry they stay the same from run to run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// The line of the spec that it is about, or that names the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The next step to take.
    pub help: String,
    /// The id of the Azure Policy that finds the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<&'static str>,
    /// The entry of `suppress` that accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<AcceptedFinding>,
}

/// The entry of `suppress` that accepts a finding.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AcceptedFinding {
    pub reason: Arc<str>,
    /// First day on which it is no longer accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<jiff::civil::Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// Counts of posture findings. Accepted ones are in no other count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PostureCount {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub accepted: usize,
}

impl PostureCount {
    /// Returns the sums of two counts.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            errors: self.errors + other.errors,
            warnings: self.warnings + other.warnings,
            notes: self.notes + other.notes,
            accepted: self.accepted + other.accepted,
        }
    }

    /// Counts findings.
    pub fn of(findings: &[PostureFinding]) -> Self {
        let mut count = Self::default();
        for finding in findings {
            let number = match (&finding.accepted, finding.severity) {
                (Some(_), _) => &mut count.accepted,
                (None, Severity::Error) => &mut count.errors,
                (None, Severity::Warning) => &mut count.warnings,
                (None, Severity::Note) => &mut count.notes,
            };
            *number += 1;
        }
        count
    }

    /// Returns the number of findings at this severity or over it.
    pub fn at_least(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Note => self.errors + self.warnings + self.notes,
        }
    }
}
