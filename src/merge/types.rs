//! The merged report as a value.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::kind::ReportKind;
use super::part::ReportPart;
use super::totals::Totals;
use super::turned_on::TurnedOn;
use crate::apply::Beside;
use crate::spec::Shard;

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.report/1";

/// The reports of several shards as one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MergedReport {
    /// Always `ringfence.report/1`.
    pub format: &'static str,
    /// The format of each part.
    pub of: ReportKind,
    /// Files and folders as they were named on the command line of each shard.
    pub specs: Vec<String>,
    /// The environment of an apply: the host of Azure Resource Manager, or `sandbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The name of the sandbox of an apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// The shards, in the order of the command line.
    pub parts: Vec<MergedPart>,
    /// Number of shards of the run that are not among the parts. What is true of their registries is not known. Absent if there
    /// are none.
    #[serde(rename = "missingShards", skip_serializing_if = "is_zero")]
    pub missing_shards: u32,
    /// The entries of all parts, as the format of the parts describes them, by id.
    pub registries: Vec<Value>,
    /// The entries of all parts, by id.
    pub failures: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncompared: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posture: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Value>,
    /// The entries of all parts, for an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<Value>,
    /// The entries of all parts, for a plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub impacts: Vec<Value>,
    /// Writes of all runs that no undo takes back, for an apply. Each subnet and each subscription is there once.
    #[serde(skip_serializing_if = "Beside::is_empty")]
    pub beside: Beside,
    /// The sums of the summaries of all parts. A subnet whose endpoint several parts turn on counts once.
    pub summary: Totals,
    /// Endpoints that the shards turn on. `summary` counts them once all parts are here.
    #[serde(skip)]
    endpoints: TurnedOn,
}

/// What is true of one shard as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MergedPart {
    /// The file that it was read from.
    pub file: String,
    /// The shard, such as `2/4`. Absent for a report of no shard.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub shard: Option<Shard>,
    /// RFC 3339, UTC.
    pub created: String,
    /// The checksum of a plan, or of the plan that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// Id of the run of an apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The command that undoes an apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    pub summary: Totals,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the attribute of serde passes it so"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl MergedReport {
    /// Returns the numbers of the missing shards, in order.
    pub fn missing_numbers(&self) -> impl Iterator<Item = u32> {
        let mut here = BTreeSet::new();
        here.extend(self.parts.iter().filter_map(|part| part.shard).map(Shard::number));
        let last = self.shards().unwrap_or_default();
        (1..=last).filter(move |number| !here.contains(number))
    }

    /// Returns the number of shards of the run.
    pub fn shards(&self) -> Option<u32> {
        self.parts.first()?.shard.map(Shard::of)
    }

    /// Makes a report without parts, of the kind and the spec of this one.
    pub(super) fn new(first: &ReportPart) -> Self {
        Self {
            format: FORMAT,
            of: first.run.kind,
            specs: first.run.specs.clone(),
            environment: first.run.environment.clone(),
            sandbox: first.run.sandbox.clone(),
            parts: Vec::new(),
            missing_shards: first.run.shards.unwrap_or_default(),
            registries: Vec::new(),
            failures: Vec::new(),
            findings: Vec::new(),
            uncompared: Vec::new(),
            hidden: Vec::new(),
            posture: Vec::new(),
            unread: Vec::new(),
            unjudged: Vec::new(),
            impacts: Vec::new(),
            beside: Beside::default(),
            summary: Totals::none(first.run.kind),
            endpoints: TurnedOn::default(),
        }
    }

    /// Adds a part of the same kind.
    pub(super) fn add(&mut self, part: ReportPart) {
        let document = part.document;
        self.registries.extend(document.registries);
        self.failures.extend(document.failures);
        self.findings.extend(document.findings);
        self.uncompared.extend(document.uncompared);
        self.hidden.extend(document.hidden);
        self.posture.extend(document.posture);
        self.unread.extend(document.unread);
        self.unjudged.extend(document.unjudged);
        self.impacts.extend(document.impacts);
        self.beside.add(document.beside);
        let own = part.summary.without(&part.endpoints);
        self.summary = self.summary.plus(own);
        self.endpoints.extend(part.endpoints);
        self.missing_shards = self.missing_shards.saturating_sub(part.shard.map_or(0, |_| 1));
        self.parts.push(MergedPart {
            file: part.file,
            shard: part.shard,
            created: document.created,
            checksum: document.checksum.or(document.plan),
            run: document.run,
            undo: document.undo,
            summary: part.summary,
        });
    }

    /// Counts each subnet whose endpoint is turned on once, also where several shards turn it on.
    pub(super) fn count_endpoints(&mut self) {
        self.summary = self.summary.with(&self.endpoints);
    }
}
