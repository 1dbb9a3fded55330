//! The report of an apply. The JSON form is `ringfence.apply/1`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::earlier::entry::EarlierEntry;
use super::registry_report::RegistryReport;
use super::snapshot::beside::Beside;
use super::summary::ReportSummary;
use crate::plan::{Plan, RegistryFailure};
use crate::spec::{Spec, SpecPart};

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.apply/1";

/// The outcome of a plan, registry by registry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `ringfence.apply/1`.
    pub format: &'static str,
    /// The command of the run. Absent for `apply`.
    #[serde(skip_serializing_if = "RunCommand::is_apply")]
    pub command: RunCommand,
    /// The checksum of the plan that was applied.
    pub plan: String,
    /// When it was applied; RFC 3339, UTC.
    pub created: String,
    /// The host of Azure Resource Manager, or `sandbox` for any address of this machine.
    pub environment: String,
    /// The name of the sandbox, which tells it from other ones on this machine. Absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// Id of the run. `ringfence restore --from` takes it, where the run kept its snapshots.
    pub run: String,
    /// The one command that restores the state before the run, and before the runs that it goes on from. Absent if nothing
    /// was written, if the state is gone with its sandbox, or if no spec can ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Writes of the run that no undo takes back. Absent if there are none.
    #[serde(skip_serializing_if = "Beside::is_empty")]
    pub beside: Beside,
    /// Id of the run that `last` named on the command line of a restore. From now on `last` is this run.
    #[serde(skip)]
    pub last: Option<String>,
    /// Files and folders as they were named on the command line.
    pub specs: Vec<String>,
    /// The content of these files, and the shard of it.
    #[serde(skip_serializing_if = "SpecPart::is_empty")]
    pub spec: SpecPart,
    /// Sorted by id.
    pub registries: Vec<RegistryReport>,
    /// Registries of an earlier run that this one left out, as its report has them (`--resume`): those that it has done,
    /// those that this run is not about, and the undo of one that cannot be read now. Absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Value>")]
    pub earlier: Vec<EarlierEntry>,
    /// Registries that could not be read, so nothing was tried.
    pub failures: Vec<RegistryFailure>,
    /// Counts over all registries.
    pub summary: ReportSummary,
}

/// A command that writes registries and reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunCommand {
    #[default]
    Apply,
    Restore,
}

impl RunCommand {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the attribute of serde passes it so"
    )]
    fn is_apply(&self) -> bool {
        *self == Self::Apply
    }

    /// Returns the name of the command, as a user gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Restore => "restore",
        }
    }
}

impl Report {
    /// Puts the reports of the registries together and counts. `written` is true if anything was written, or may have
    /// been.
    pub(crate) fn new(
        plan: &Plan,
        created: &str,
        run: &str,
        mut registries: Vec<RegistryReport>,
        written: bool,
    ) -> Self {
        for registry in &mut registries {
            registry.outcome = registry.overall();
        }
        let summary = ReportSummary::of(&registries, plan.failures.len(), written);
        Self {
            format: FORMAT,
            command: RunCommand::Apply,
            plan: plan.checksum.clone(),
            created: created.to_owned(),
            environment: String::new(),
            sandbox: None,
            run: run.to_owned(),
            undo: None,
            beside: Beside::of(plan, &registries),
            last: None,
            specs: plan.specs.clone(),
            spec: plan.spec.clone(),
            registries,
            earlier: Vec::new(),
            failures: plan.failures.clone(),
            summary,
        }
    }

    /// Notes what the spec wants of each registry, so that a later run knows what is done.
    pub(crate) fn add_fingerprints(&mut self, spec: &Spec) {
        for registry in &mut self.registries {
            let found = spec
                .registries
                .binary_search_by(|wanted| wanted.id.cmp(&registry.id));
            registry.fingerprint = found.ok().map(|at| spec.registries[at].fingerprint());
        }
    }
}
