//! Applies a plan: writes it step by step, reads back what Azure kept, and reports. Applying never decides.
//!
//! One run in order: [`apply`] hands each registry of the plan to `registry`, which keeps a snapshot and does the steps.
//! `provider` and `service_endpoint` do the steps before the registry itself. `patch` writes the registry, again where
//! Azure or another writer makes it necessary. `read_back` reads the subnets that no rule has proven. `report` holds the
//! outcome of each step and change.

mod check_first;
mod context;
mod earlier;
mod effective;
mod locks;
mod outcome;
mod patch;
mod proof;
mod provider;
mod read_back;
mod registry;
mod registry_report;
mod report;
mod service_endpoint;
mod snapshot;
mod stale;
mod summary;
mod switches;

use std::fs;
use std::path::Path;

use futures::StreamExt;

pub use context::{ApplyOptions, Begin, ReadAgain};
pub use earlier::entry::{Earlier, EarlierEntry};
pub use effective::{Effective, WaitEffective, Watch};
pub use outcome::Outcome;
pub(crate) use patch::cause::{changed_on_the_way, lost_from_a_list};
pub(crate) use patch::random_part;
pub use proof::Proof;
pub use registry_report::{ChangeReport, RegistryOutcome, RegistryReport, StepReport};
pub use report::{FORMAT, Report, RunCommand};
pub(crate) use snapshot::beside::BESIDE_FILE;
pub use snapshot::beside::{Beside, LeftEndpoint};
pub use snapshot::own_change::OwnChange;
pub(crate) use snapshot::save_private;
pub use snapshot::undo::Undo;
pub use snapshot::{SNAPSHOT_FOLDER, SNAPSHOT_FORMAT, Snapshot, SnapshotError};
pub(crate) use summary::EndpointOutcomes;
pub use summary::ReportSummary;

use crate::azure::{ArmClient, side_by_side};
use crate::live::ProgressEvent;
use crate::plan::{Plan, RegistryPlan};
use context::Run;
use registry::apply_registry;

/// Applies a plan.
///
/// A guard that the plan breaks anywhere stops the whole run before anything is written. A registry that fails, or that
/// breaks a guard only in its state right before the write, never stops another one.
pub async fn apply(client: &ArmClient, plan: &Plan, options: &ApplyOptions<'_>) -> Report {
    // An interruption ends the step in hand. A write that still waits for its turn is not one.
    let client = &client.stopped_by(options.cancel.clone());
    let run = Run::new(client, plan, options);
    // The guards come first: nothing may be written anywhere if one of them is broken.
    let stopped_by = plan.registries.iter().find(|registry| registry.breaks_guard());
    // A registry that is not as reviewed also stops every write, where the plan is applied as a whole.
    let mut registries = Vec::new();
    let checks = options.all_or_nothing || !switches::sharing(&run).is_empty();
    if checks && stopped_by.is_none() {
        registries = check_first::reports_if_stale(&run).await;
    }
    let left = switches::without(&registries, plan);
    if !left.is_empty() || registries.is_empty() {
        if stopped_by.is_none() {
            begin(&run, "applying");
        }
        let work = left
            .into_iter()
            .map(|plan| (&plan.id, apply_or_skip(&run, plan, stopped_by)));
        let applied: Vec<RegistryReport> = side_by_side(work, options.parallel).collect().await;
        registries.extend(applied);
    }
    switches::tell_missing(plan, &mut registries);
    switches::tell_shut_out(plan, &mut registries);
    effective::wait::wait_all(&run, &mut registries).await;
    // They end in any order; the report has them as the plan has them.
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    // A registry that was not written itself has nothing to undo: others may change it before the undo, which would take
    // back their writes. A run without a write must not be `last`.
    for registry in &mut registries {
        if !run.wrote_itself(&registry.id)
            && let Some(undo) = registry.undo.take()
        {
            discard(Path::new(&undo.snapshot));
        }
    }
    Report {
        environment: client.cloud().environment(),
        ..Report::new(plan, options.created, options.run, registries, run.wrote())
    }
}

/// Shows that a task begins for all registries that are written.
fn begin(run: &Run<'_>, task: &'static str) {
    let written = run.plan.registries.iter().filter(|plan| plan.writes());
    (run.options.say)(ProgressEvent::Begun {
        task,
        registries: written.count(),
    });
}

/// Applies one registry. `stopped_by` is the registry whose broken guard stops the run, if there is one.
async fn apply_or_skip(
    run: &Run<'_>,
    registry: &RegistryPlan,
    stopped_by: Option<&RegistryPlan>,
) -> RegistryReport {
    if let Some(guarded) = stopped_by {
        let mut report = RegistryReport::skipped(registry, &refusal_reason(guarded));
        report.unread = registry.is_empty() && run.options.read.is_none();
        return report;
    }
    if !registry.refusals.is_empty() {
        return RegistryReport::skipped(registry, &refusal_reason(registry));
    }
    let report = apply_registry(&run.registry(registry)).await;
    if registry.writes() {
        (run.options.say)(ProgressEvent::Ended {
            registry: &registry.id,
        });
    }
    report
}

/// Removes a snapshot, and the folder of the run with the last one. One that stays does no harm.
fn discard(snapshot: &Path) {
    let _ = fs::remove_file(snapshot);
    if let Some(folder) = snapshot.parent() {
        let _ = fs::remove_dir(folder);
    }
}

fn refusal_reason(registry: &RegistryPlan) -> String {
    let codes: Vec<&str> = registry
        .refusals
        .iter()
        .map(|refusal| refusal.code.name())
        .collect();
    format!("refused: {} ({})", codes.join(", "), registry.id.name())
}
