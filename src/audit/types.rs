//! Findings. The JSON form is `ringfence.audit/1`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finding_code::{Drift, FindingCode};
use super::left_out::LeftOut;
use crate::live::{LastModified, UnreadPlace};
use crate::model::{RegistryId, Setting};
use crate::plan::{AccessChange, AccessPicture, RegistryFailure, RowPath};
use crate::posture::{PostureCount, PostureFinding};
use crate::spec::{ExpectCase, Severity, Source, SpecPart};

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.audit/1";

/// Everything that an audit found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Audit {
    /// Always `ringfence.audit/1`.
    pub format: &'static str,
    /// RFC 3339, UTC.
    pub created: String,
    pub specs: Vec<String>,
    /// The content of these files, and the shard of it.
    #[serde(skip_serializing_if = "SpecPart::is_empty")]
    pub spec: SpecPart,
    /// Every registry that was read, by id.
    pub registries: Vec<AuditedRegistry>,
    /// By registry, then in the order of the registry's own settings.
    pub findings: Vec<Finding>,
    /// Registries that could not be read.
    pub failures: Vec<RegistryFailure>,
    /// Parts of the other registries that could not be compared, in the order of the findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncompared: Vec<RegistryFailure>,
    /// Settings that decide who gets in and that the api-version hides: they have some value, and it was not compared.
    /// Those that the spec manages are in `uncompared`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<HiddenSettings>,
    /// What posture rules found, by registry, then by rule. Accepted findings are here too.
    pub posture: Vec<PostureFinding>,
    /// Subscriptions and names that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadPlace>,
    /// Parts of registries that posture rules could not judge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<RegistryFailure>,
    /// The earlier states that live state is compared with, in place of a spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub since: Vec<String>,
    /// Registries that the run read and did not write, so that there is no earlier state to compare with. As far as they are
    /// known.
    #[serde(rename = "notWritten", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub not_written: Vec<RegistryId>,
    pub summary: AuditSummary,
    /// The command that shows what an apply would change. Absent without drift, and for a spec from stdin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One registry and how it stands to the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditedRegistry {
    #[schemars(with = "String")]
    pub id: RegistryId,
    pub state: AuditState,
    /// The access mode of the live state.
    pub mode: String,
    /// The clients that gain and lose access if the spec is applied.
    pub access: AccessChange,
    /// The access as it is, and as the spec wants it.
    #[serde(skip)]
    pub picture: AccessPicture,
    #[serde(flatten)]
    pub left: LeftOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// State of a registry after an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuditState {
    InSync,
    Drifted,
    /// As the spec says, and an expectation of the spec does not hold.
    BreaksExpectation,
    /// Nothing differs, but a part of it could not be compared.
    NotCompared,
    /// No spec names it, so it has no drift.
    NoSpec,
}

/// The settings of one registry that the api-version hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HiddenSettings {
    #[schemars(with = "String")]
    pub registry: RegistryId,
    pub settings: Vec<Setting>,
}

/// One rule or value that is not as the spec wants it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable name, such as `unexpected-rule`.
    pub code: FindingCode,
    pub severity: Severity,
    #[schemars(with = "String")]
    pub registry: RegistryId,
    /// Absent for an expectation, which rests on several settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Setting>")]
    pub path: Option<RowPath>,
    pub drift: Drift,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Value>,
    /// The named network or subnet of the spec, or the client of an expectation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The named case of `expect` that an expectation belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Arc<ExpectCase>>,
    /// The line of the spec that the live state breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The last writer of the registry, who need not have made this drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<LastModified>,
    /// The next step to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Finding {
    /// Gives the finding a code that its place alone does not tell.
    pub(crate) fn with_code(self, code: FindingCode) -> Self {
        Self {
            code,
            severity: code.severity(),
            ..self
        }
    }
}

/// Counts over the whole audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditSummary {
    pub registries: usize,
    pub in_sync: usize,
    pub drifted: usize,
    pub findings: usize,
    /// Registries without known drift that could not be compared, wholly or in part. With `inSync`, `drifted` and `noSpec`,
    /// they are all registries.
    pub failed: usize,
    /// Registries that could not be compared, wholly or in part, those in drift included.
    pub incomplete: usize,
    /// Subscriptions and names that could not be read.
    #[serde(default)]
    pub places: usize,
    /// Registries that posture rules could judge only in part.
    #[serde(default)]
    pub unjudged: usize,
    /// Those of them for which a service did not answer as it should. The others lack a right.
    #[serde(default)]
    pub unanswered: usize,
    /// Registries that no spec names.
    pub no_spec: usize,
    pub posture: PostureCount,
}

impl AuditSummary {
    /// Returns the sums of two summaries.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            registries: self.registries + other.registries,
            in_sync: self.in_sync + other.in_sync,
            drifted: self.drifted + other.drifted,
            findings: self.findings + other.findings,
            failed: self.failed + other.failed,
            incomplete: self.incomplete + other.incomplete,
            places: self.places + other.places,
            unjudged: self.unjudged + other.unjudged,
            unanswered: self.unanswered + other.unanswered,
            no_spec: self.no_spec + other.no_spec,
            posture: self.posture.plus(other.posture),
        }
    }
}
