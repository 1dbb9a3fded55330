//! The report of an apply. The JSON form is `ringfence.apply/1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::proof::Proof;
use super::registry_report::RegistryReport;
use super::snapshot::beside::Beside;
use super::summary::ReportSummary;
use crate::plan::{Plan, RegistryFailure};
use crate::spec::Spec;

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.apply/1";

/// The outcome of a plan, registry by registry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `ringfence.apply/1`.
    pub format: &'static str,
    /// The checksum of the plan that was applied.
    pub plan: String,
    /// When it was applied; RFC 3339, UTC.
    pub created: String,
    /// Id of the run. `ringfence restore --from` takes it, where the run kept its snapshots.
    pub run: String,
    /// The one command that restores the state before the run. Absent if nothing was written, if the state is gone with
    /// its sandbox, or if no spec can ask for it.
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
    /// Sorted by id.
    pub registries: Vec<RegistryReport>,
    /// Registries that an earlier run has done, as its report has them (`--resume`). Absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Value>,
    /// Registries that could not be read, so nothing was tried.
    pub failures: Vec<RegistryFailure>,
    /// Counts over all registries.
    pub summary: ReportSummary,
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
            plan: plan.checksum.clone(),
            created: created.to_owned(),
            run: run.to_owned(),
            undo: None,
            beside: Beside::of(plan, &registries),
            last: None,
            specs: plan.specs.clone(),
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

    /// Adds registries that an earlier run has done, and counts them.
    pub(crate) fn add_earlier(&mut self, earlier: Vec<Value>) {
        for entry in &earlier {
            let proof = Proof::deserialize(&entry["proof"]).ok();
            self.summary.add_earlier(proof);
        }
        self.earlier = earlier;
    }
}
