//! Applies the plan of one registry: checks, keeps a snapshot, takes the steps in order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use super::context::{ReadAgain, RegistryRun, WriteTarget};
use super::effective;
use super::outcome::Outcome;
use super::patch::{self, PatchEnd, PatchFailed};
use super::proof::Proof;
use super::registry_report::{EARLIER_STEP, INTERRUPTED, RegistryReport};
use super::snapshot::Snapshot;
use super::snapshot::undo::Undo;
use super::{provider, read_back, service_endpoint, stale};
use crate::live::{Egress, LiveRegistry, LiveSubnet, Reading, read_subnet_egress, read_subnets};
use crate::model::{ErrorCode, Failure, SubnetId};
use crate::plan::{RegistryPlan, Step, StepAction, live_mode};

/// The access mode of a registry that could not be read after a write, or before it.
const NOT_KNOWN: &str = "not known";

/// Takes the steps in order. After a step that fails the rest is skipped: each rests on the one before.
pub(crate) async fn apply_registry(registry: &RegistryRun<'_>) -> RegistryReport {
    let plan = registry.plan;
    let mut report = RegistryReport::start(plan);
    if plan.is_empty() {
        return without_steps(registry, report).await;
    }
    let live = match prepare(registry, &mut report).await {
        Ok(live) => live,
        Err(outcome) => return report.not_begun(plan, outcome),
    };
    let asked = effective::wait::ask(registry, &live).await;
    let mut fresh = (!asked).then_some(&*live);
    let is_as_planned = stale::is_as_planned(plan, &live);
    // Service endpoints are turned on together; every other step comes alone.
    for steps in plan
        .steps
        .chunk_by(|a, b| a.subnet().is_some() && b.subnet().is_some())
    {
        let outcomes = if report.has_unfinished_step() {
            vec![Outcome::skipped(EARLIER_STEP); steps.len()]
        } else if registry.run.options.cancel.is_cancelled() {
            vec![Outcome::skipped(INTERRUPTED); steps.len()]
        } else if is_as_planned && matches!(steps[0].action, StepAction::RegisterProvider { .. }) {
            // The service took the rule of the subnet, and a new plan would not look at its subscription either.
            vec![Outcome::UNCHANGED]
        } else {
            take_steps(registry, fresh, steps, &mut report).await
        };
        // A step takes time, in which someone else may write the registry.
        fresh = None;
        for (step, outcome) in steps.iter().zip(outcomes) {
            report.add_step(&step.action, outcome);
        }
    }
    read_back::verify_endpoints(registry, &mut report).await;
    report.finish(plan);
    report
}

/// Reports a registry that needs nothing. Where time has passed since it was read, and no check has read it, it is read again:
/// someone else may have changed it.
async fn without_steps(registry: &RegistryRun<'_>, mut report: RegistryReport) -> RegistryReport {
    let RegistryRun { run, plan, reading } = registry;
    let live = match (run.take_checked(&plan.id), reading) {
        (Some(checked), _) => checked,
        (None, Some(reading)) if run.options.read_again != ReadAgain::All => {
            report.proof = Proof::of_unwritten(reading);
            reading.registry.clone()
        }
        (None, _) => match read_and_check(registry, &mut report).await {
            Ok(live) => live,
            Err(outcome) => return report.not_read(plan, outcome),
        },
    };
    effective::wait::ask(registry, &live).await;
    report.now = Some(Box::new(live));
    report
}

/// Makes sure, before the first write, that the plan still holds and that the state is kept in a snapshot. Returns the
/// registry as it is now.
async fn prepare<'a>(
    registry: &RegistryRun<'a>,
    report: &mut RegistryReport,
) -> Result<Cow<'a, LiveRegistry>, Outcome> {
    let run = registry.run;
    if run.options.cancel.is_cancelled() {
        return Err(Outcome::skipped(INTERRUPTED));
    }
    // A reading that is as good as new saves a request.
    let live = match registry.reading {
        Some(reading)
            if run.options.read_again == ReadAgain::Nothing && is_fresh(reading, registry.plan) =>
        {
            Cow::Borrowed(&reading.registry)
        }
        _ => Cow::Owned(read_and_check(registry, report).await?),
    };
    // The snapshot is on the disk before the first write.
    report.undo = Some(save_snapshot(registry, &live).await?);
    begin_record(registry, &live).await?;
    Ok(live)
}

/// Reads the registry, and refuses to go on if the plan does not hold on it.
pub(crate) async fn read_and_check(
    registry: &RegistryRun<'_>,
    report: &mut RegistryReport,
) -> Result<LiveRegistry, Outcome> {
    let run = registry.run;
    let read = run.outages.read(run.client, &registry.plan.id);
    let live = match run.until_cancelled(read).await {
        Some(Ok(live)) => live,
        Some(Err(mut error)) => {
            error
                .message
                .insert_str(0, "the registry cannot be read again before the write: ");
            return Err(Outcome::Failed { error });
        }
        None => return Err(Outcome::skipped(INTERRUPTED)),
    };
    check_still_holds(registry, &live, report, false)?;
    check_subnets(registry, report).await?;
    Ok(live)
}

/// Reads the subnets that the plan rests on and the addresses of their clients, if they may have changed since it was made, and
/// refuses to go on if one has. That decides who gets in, also where the registry itself is as planned already.
async fn check_subnets(registry: &RegistryRun<'_>, report: &mut RegistryReport) -> Result<(), Outcome> {
    let RegistryRun { run, plan, .. } = registry;
    if run.options.read_again != ReadAgain::All {
        return Ok(());
    }
    let planned = stale::subnets(run.plan, plan);
    if planned.is_empty() {
        return Ok(());
    }
    let ids = planned.keys().cloned().collect();
    let read = async {
        let subnets = read_subnets(run.client, &run.subnets, ids).await;
        let egress = read_egress_again(registry, &subnets).await;
        (subnets, egress)
    };
    let Some((subnets, egress)) = run.until_cancelled(read).await else {
        return Err(Outcome::skipped(INTERRUPTED));
    };
    let mut changed = stale::changed_subnets(&planned, &subnets);
    changed.extend(stale::changed_egress(plan, &egress));
    let Some(refusal) = stale::changed(run.plan, &changed) else {
        return Ok(());
    };
    let reason = refusal.message.clone();
    report.refusals.push(refusal);
    Err(Outcome::Skipped { reason })
}

/// Reads the public addresses again that the plan has of the clients of subnets. They matter until the endpoint is on.
async fn read_egress_again(
    registry: &RegistryRun<'_>,
    subnets: &BTreeMap<SubnetId, LiveSubnet>,
) -> BTreeMap<SubnetId, Egress> {
    let RegistryRun { run, plan, .. } = registry;
    let mut egress = BTreeMap::new();
    for (id, subnet) in subnets {
        if let LiveSubnet::Present(subnet) = subnet
            && !subnet.has_endpoint
            && plan.basis.egress.contains_key(id.as_str())
        {
            let read = read_subnet_egress(run.client, &run.subnets, subnet).await;
            egress.insert(id.clone(), read);
        }
    }
    egress
}

/// Returns true if the registry can be written on this reading. Everything else that was read after the registry took
/// time, in which someone else may have written it. Where other steps come before the PATCH, the registry is read again
/// for the PATCH anyway.
fn is_fresh(reading: &Reading, plan: &RegistryPlan) -> bool {
    let read_alone =
        reading.subnets.is_empty() && reading.registrations.is_empty() && reading.usages.is_none();
    let first = plan.steps.first().map(|step| &step.action);
    read_alone || !matches!(first, Some(StepAction::PatchRegistry { .. }))
}

/// Saves the state before the write, and returns what restores it.
async fn save_snapshot(registry: &RegistryRun<'_>, live: &LiveRegistry) -> Result<Undo, Outcome> {
    let RegistryRun { run, plan, .. } = registry;
    let environment = run.client.cloud().environment();
    let snapshot = Snapshot::of(live, plan, environment, &run.plan.checksum, run.options.created);
    let folder = run.options.snapshots.join(run.options.run);
    let path = snapshot
        .save(&folder)
        .await
        .map_err(|error| not_saved(registry, "a snapshot of the state before the write", &error))?;
    Ok(Undo::of(snapshot, &path, plan, live))
}

/// Keeps a record of the changes that are about to be written: a run that does not come to its end must not leave one that
/// knows nothing of them.
async fn begin_record(registry: &RegistryRun<'_>, live: &LiveRegistry) -> Result<(), Outcome> {
    let begun = registry.run.options.begin.begin(registry.plan, live).await;
    begun.map_err(|error| not_saved(registry, "a record of the changes that begin", &error))
}

/// Returns the outcome of a registry that is not written, because a file about it cannot be kept.
fn not_saved(registry: &RegistryRun<'_>, what: &str, error: &io::Error) -> Outcome {
    let folder = registry.run.options.snapshots.display();
    let failure = Failure::new(
        ErrorCode::SnapshotNotWritten,
        format!("cannot save {what} in `{folder}`: {error}"),
    );
    Outcome::Failed {
        error: failure.with_help("name a writable folder: --snapshots DIR"),
    }
}

/// Takes one step, or turns on the endpoints of several subnets. Returns an outcome for each.
async fn take_steps(
    registry: &RegistryRun<'_>,
    fresh: Option<&LiveRegistry>,
    steps: &[Step],
    report: &mut RegistryReport,
) -> Vec<Outcome> {
    let outcome = match &steps[0].action {
        StepAction::RegisterProvider { subscription } => {
            registry
                .unless_abandoned(provider::register(registry, subscription))
                .await
        }
        StepAction::EnableServiceEndpoint { .. } => {
            let subnets: Vec<&SubnetId> = steps.iter().filter_map(Step::subnet).collect();
            return service_endpoint::turn_on_all(registry, &subnets).await;
        }
        StepAction::PatchRegistry { .. } => {
            let patch = patch_registry(registry, fresh, report);
            match registry.run.until_abandoned(patch).await {
                Some(outcome) => outcome,
                None => {
                    // The write may have arrived or not.
                    report.mode.after = NOT_KNOWN.to_owned();
                    let outcome = registry.abandoned(WriteTarget::Registry);
                    report.patch_ended(registry.plan, outcome)
                }
            }
        }
    };
    vec![outcome]
}

/// Writes the registry itself and settles all changes that the PATCH carries. `fresh` is the registry if it was just
/// read.
async fn patch_registry(
    registry: &RegistryRun<'_>,
    fresh: Option<&LiveRegistry>,
    report: &mut RegistryReport,
) -> Outcome {
    let plan = registry.plan;
    // Whether steps before this one wrote something decides if a stale plan is a refusal.
    let earlier_write = report.steps.iter().any(|step| step.outcome == Outcome::Done);
    match patch::patch_until_kept(registry, fresh).await {
        Ok(PatchEnd::Written {
            before,
            now,
            proof,
            refused,
        }) => {
            let mut outcome = report.verify(plan, &before, &now, registry.leases_beside(&now));
            if let Some(refused) = refused {
                outcome = patch::left_out::tell(registry, report, refused, outcome);
            }
            report.proof = Some(proof);
            report.now = Some(now);
            outcome
        }
        Ok(PatchEnd::Stale { live, written }) => {
            let outcome = match check_still_holds(registry, &live, report, written || earlier_write) {
                Ok(()) => Outcome::UNCHANGED,
                Err(outcome) => outcome,
            };
            report.patch_ended(plan, outcome)
        }
        Ok(PatchEnd::AsWanted(live)) => {
            report.is_there(plan, &live);
            report.now = Some(Box::new(live));
            report.patch_ended(plan, Outcome::UNCHANGED)
        }
        Ok(PatchEnd::Interrupted) => report.patch_ended(plan, Outcome::skipped(INTERRUPTED)),
        Err(failed) => patch_failed(plan, failed, report),
    }
}

/// Settles the changes of a PATCH that is not known to be written as planned.
fn patch_failed(plan: &RegistryPlan, failed: PatchFailed, report: &mut RegistryReport) -> Outcome {
    let outcome = match failed {
        PatchFailed::Shown { missing, before, now } => {
            report.proof = Some(Proof::ReadBack);
            let outcome = report.patch_failed(plan, &before, &now, missing);
            report.now = Some(now);
            return outcome;
        }
        PatchFailed::Unwritten(error) => Outcome::Failed { error },
        PatchFailed::Unknown(error) => Outcome::Unknown { error },
    };
    report.mode.after = NOT_KNOWN.to_owned();
    report.patch_ended(plan, outcome)
}

/// Refuses to go on if the plan does not hold on what the registry is now. A refusal stands for a registry for which
/// nothing was written; where a step or the registry itself was `written` before, it is a failure.
fn check_still_holds(
    registry: &RegistryRun<'_>,
    live: &LiveRegistry,
    report: &mut RegistryReport,
    written: bool,
) -> Result<(), Outcome> {
    let refusals = stale::refusals(registry, live);
    let Some(first) = refusals.first() else {
        return Ok(());
    };
    report.mode.after = live_mode(live);
    if written {
        return Err(Outcome::Failed {
            error: stale::failure(first),
        });
    }
    let reason = first.message.clone();
    report.refusals.extend(refusals);
    Err(Outcome::Skipped { reason })
}
