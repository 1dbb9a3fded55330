//! Walking the steps of one registry.

use std::borrow::Cow;

use super::outcome::{all, read_back, settle};
use super::patch::send::Broken;
use super::patch::{self, Settled};
use super::report::{ChangeReport, Outcome, RegistryReport, StepReport, Undo};
use super::snapshot::undo::undo;
use super::{Context, Snapshot, service_endpoint, stale};
use crate::azure::CONTAINER_REGISTRY;
use crate::live::{Failure, LiveRegistry, Reading, read_registry};
use crate::model::ErrorCode;
use crate::plan::{Change, ModeChange, RegistryPlan, StepAction, live_mode};

const INTERRUPTED: &str = "the run was interrupted";

/// Does the steps in order. After a step that fails the rest is skipped: each rests on the one before.
pub(crate) async fn registry(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&Reading>,
) -> RegistryReport {
    let mut report = start(plan);
    if plan.is_empty() {
        return report;
    }
    let live = match ready(context, plan, reading, &mut report).await {
        Ok(live) => live,
        Err(failed) => return all_steps(report, plan, &failed),
    };
    let mut fresh = Some(&*live);
    for step in &plan.steps {
        let outcome = match &step.action {
            _ if report.steps.iter().any(|step| !step.outcome.came_about()) => {
                skipped("an earlier step did not succeed")
            }
            _ if context.cancel.is_cancelled() => skipped(INTERRUPTED),
            action => {
                context
                    .unless_abandoned(take(context, plan, reading, fresh.take(), action, &mut report))
                    .await
            }
        };
        // A step takes time, in which somebody else may write the registry.
        fresh = None;
        report.steps.push(StepReport {
            step: step.action.clone(),
            outcome,
        });
    }
    settle(&mut report, plan);
    report
}

/// What must hold before the first write: the registry is still what the plan rests on, and its state is kept.
async fn ready<'a>(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&'a Reading>,
    report: &mut RegistryReport,
) -> Result<Cow<'a, LiveRegistry>, Outcome> {
    if context.cancel.is_cancelled() {
        return Err(skipped(INTERRUPTED));
    }
    let live = match reading {
        Some(reading) if context.fresh && is_fresh(reading, plan) => Cow::Borrowed(&reading.registry),
        _ => {
            let read = tokio::select! {
                read = read_registry(context.client, &plan.id) => read,
                () = context.cancel.cancelled() => return Err(skipped(INTERRUPTED)),
            };
            let read = read.map_err(|error| Outcome::Failed { error })?;
            check(context, plan, &read, report, false)?;
            Cow::Owned(read)
        }
    };
    report.undo = Some(keep(context, plan, &live)?);
    Ok(live)
}

/// Whether what was read of the registry can be written on. What else is read takes time, in which somebody else may
/// write; but where other steps come before the PATCH, the registry is read again for that anyway.
fn is_fresh(reading: &Reading, plan: &RegistryPlan) -> bool {
    let alone =
        reading.subnets.is_empty() && reading.registrations.is_empty() && reading.usages.is_none();
    let first = plan.steps.first().map(|step| &step.action);
    alone || !matches!(first, Some(StepAction::PatchRegistry { .. }))
}

/// Keeps the state before the write, and says how to have it back.
fn keep(context: &Context<'_>, plan: &RegistryPlan, live: &LiveRegistry) -> Result<Undo, Outcome> {
    let environment = context.client.cloud().environment();
    let snapshot = Snapshot::of(live, plan, environment, &context.plan.checksum, context.created);
    let path = snapshot
        .write(context.snapshots)
        .map_err(|error| Outcome::Failed {
            error: Failure {
                code: ErrorCode::SnapshotNotWritten.into(),
                message: format!(
                    "cannot keep the state before the write in `{}`: {error}",
                    context.snapshots.display()
                ),
                request_id: None,
                help: Some("name a folder that can be written: --snapshots DIR".to_owned()),
            },
        })?;
    Ok(undo(&snapshot, &path, plan, live))
}

async fn take(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&Reading>,
    fresh: Option<&LiveRegistry>,
    action: &StepAction,
    report: &mut RegistryReport,
) -> Outcome {
    match action {
        StepAction::RegisterProvider { subscription } => register(context, subscription).await,
        StepAction::EnableServiceEndpoint { subnet } => {
            let known = reading.and_then(|reading| reading.subnets.get(subnet));
            service_endpoint::enable(context, subnet, known).await
        }
        StepAction::PatchRegistry { .. } => write(context, plan, fresh, report).await,
    }
}

async fn write(
    context: &Context<'_>,
    plan: &RegistryPlan,
    fresh: Option<&LiveRegistry>,
    report: &mut RegistryReport,
) -> Outcome {
    let written = report.steps.iter().any(|step| step.outcome == Outcome::Done);
    match patch::write(context, plan, fresh).await {
        Ok(Settled::Written { before, now }) => read_back(report, plan, &before, &now),
        Ok(Settled::Moved { live, written: more }) => {
            let outcome = check(context, plan, &live, report, written || more)
                .err()
                .unwrap_or(Outcome::Unchanged);
            all(report, plan, &outcome)
        }
        Ok(Settled::AsWanted(live)) => {
            report.mode.after = live_mode(&live);
            all(report, plan, &Outcome::Unchanged)
        }
        Ok(Settled::Interrupted) => all(report, plan, &skipped(INTERRUPTED)),
        Err(Broken { error, now }) => {
            if let Some(now) = now {
                report.mode.after = live_mode(&now);
            }
            all(report, plan, &Outcome::Failed { error })
        }
    }
}

/// Refuses to go on where the plan does not hold on what is there now. After something was `written` that is a failure.
fn check(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    report: &mut RegistryReport,
    written: bool,
) -> Result<(), Outcome> {
    let refusals = stale::refusals(plan, live, &context.plan.guards);
    let Some(first) = refusals.first() else {
        return Ok(());
    };
    report.mode.after = live_mode(live);
    if written {
        let error = stale::failure(first);
        return Err(Outcome::Failed { error });
    }
    let reason = first.message.clone();
    report.refusals.extend(refusals);
    Err(Outcome::Skipped { reason })
}

pub(crate) fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped {
        reason: reason.to_owned(),
    }
}

/// A registry that is not touched.
pub(crate) fn skip(plan: &RegistryPlan, reason: &str) -> RegistryReport {
    all_steps(start(plan), plan, &skipped(reason))
}

fn all_steps(mut report: RegistryReport, plan: &RegistryPlan, outcome: &Outcome) -> RegistryReport {
    let step = |step: &crate::plan::Step| StepReport {
        step: step.action.clone(),
        outcome: outcome.clone(),
    };
    report.steps = plan.steps.iter().map(step).collect();
    let change = |change: &Change| ChangeReport {
        change: change.clone(),
        outcome: outcome.clone(),
    };
    report.changes = plan.changes.iter().map(change).collect();
    report
}

fn start(plan: &RegistryPlan) -> RegistryReport {
    RegistryReport {
        id: plan.id.clone(),
        undo: None,
        mode: ModeChange {
            before: plan.mode.before.clone(),
            after: plan.mode.before.clone(),
        },
        steps: Vec::new(),
        changes: Vec::new(),
        deviations: Vec::new(),
        notes: plan.notes.clone(),
        refusals: plan.refusals.clone(),
    }
}

async fn register(context: &Context<'_>, subscription: &str) -> Outcome {
    let registered = context.shared.subscription(subscription);
    let mut registered = registered.lock().await;
    if *registered {
        return Outcome::Unchanged;
    }
    context.say(&format!(
        "registering Microsoft.ContainerRegistry in {subscription}"
    ));
    let client = context.client;
    let result = client.register_provider(subscription, CONTAINER_REGISTRY).await;
    context.wrote(&result);
    let Err(error) = result else {
        *registered = true;
        return Outcome::Done;
    };
    let state = client.provider_state(subscription, CONTAINER_REGISTRY).await;
    let begun = matches!(state.as_deref(), Ok("Registering" | "Registered"));
    Outcome::Failed {
        error: context.refused(error, begun),
    }
}
