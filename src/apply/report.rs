//! What became of a plan. The JSON form is `ringfence.apply/1`.

use crate::model::{Failure, RegistryId};
use crate::plan::{Change, Deviation, ModeChange, Note, Refusal, RegistryFailure, StepAction};
use schemars::JsonSchema;
use serde::Serialize;

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.apply/1";

/// What became of a plan, registry by registry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `ringfence.apply/1`.
    pub format: &'static str,
    /// The checksum of the plan that was applied.
    pub plan: String,
    /// When it was applied; RFC 3339, UTC.
    pub created: String,
    pub specs: Vec<String>,
    pub registries: Vec<RegistryReport>,
    /// Registries that could not be read, so nothing was tried.
    pub failures: Vec<RegistryFailure>,
    pub summary: ReportSummary,
}

/// What became of one registry's plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RegistryReport {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// Where the state before this run was kept, and how to have it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// As planned before, as read back after.
    pub mode: ModeChange,
    pub steps: Vec<StepReport>,
    pub changes: Vec<ChangeReport>,
    /// Settings that were not to change and did.
    pub deviations: Vec<Deviation>,
    pub notes: Vec<Note>,
    pub refusals: Vec<Refusal>,
}

/// The way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Undo {
    /// The snapshot file.
    pub snapshot: String,
    /// The command that brings that state back. Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Why there is no command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of one step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepReport {
    #[serde(flatten)]
    pub step: StepAction,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of one change, by what the registry shows afterwards.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeReport {
    pub change: Change,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// Written, and read back as wanted.
    Done,
    /// Already so when its turn came; nothing was written for it.
    Unchanged,
    /// Not tried.
    Skipped { reason: String },
    /// Tried, and it did not come about.
    Failed { error: Failure },
}

/// Counts over the whole report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportSummary {
    pub registries: usize,
    /// Registries that are as wanted, read back.
    pub verified: usize,
    /// Changes by outcome.
    pub done: usize,
    pub unchanged: usize,
    pub skipped: usize,
    /// With them, steps that failed where no change did, and settings that were not to change and did.
    pub failed: usize,
    /// Registries that were refused.
    pub refused: usize,
    /// Registries that could not be read.
    pub unread: usize,
    /// Whether anything was sent that writes.
    pub written: bool,
}
