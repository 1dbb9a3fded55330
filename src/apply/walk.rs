//! Walking the steps of one registry.

use super::additive::{self, Settled};
use super::outcome::{all, read_back, settle};
use super::registry::{Patched, patch};
use super::types::{ChangeReport, Outcome, RegistryReport, StepReport, Undo};
use super::undo::undo;
use super::{Context, Snapshot, stale, subnet};
use crate::live::{Failure, LiveRegistry, Reading, read_registry};
use crate::plan::{
    Basis, Change, ModeChange, Refusal, RegistryPlan, Setting, StepAction, judge, live_mode,
};
use crate::spec::Ownership;

/// Does the steps in order. After a step that fails the rest is skipped: each rests on the one before.
pub(super) async fn registry(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&Reading>,
) -> RegistryReport {
    let mut report = start(plan);
    if plan.is_empty() {
        return report;
    }
    if let Err(failed) = ready(context, plan, reading, &mut report).await {
        return all_steps(report, plan, &failed);
    }
    let mut fresh = reading.map(|reading| &reading.registry);
    for step in &plan.steps {
        let outcome = match &step.action {
            _ if report.steps.iter().any(|step| !step.outcome.came_about()) => {
                skipped("an earlier step did not succeed")
            }
            _ if context.cancel.is_cancelled() => skipped("the run was interrupted"),
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
async fn ready(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&Reading>,
    report: &mut RegistryReport,
) -> Result<(), Outcome> {
    if context.cancel.is_cancelled() {
        return Err(skipped("the run was interrupted"));
    }
    let read;
    let live = match reading {
        Some(reading) => &reading.registry,
        None => {
            read = read_registry(context.client, &plan.id)
                .await
                .map_err(|error| Outcome::Failed { error })?;
            check_fresh(plan, &read, report)?;
            check_guards(context, plan, &read, report)?;
            &read
        }
    };
    report.undo = Some(keep(context, plan, live)?);
    Ok(())
}

/// Keeps the state before the write, and says how to have it back.
fn keep(context: &Context<'_>, plan: &RegistryPlan, live: &LiveRegistry) -> Result<Undo, Outcome> {
    let snapshot = Snapshot::of(live, &context.plan.checksum, &context.plan.created);
    let path = snapshot
        .write(context.snapshots)
        .map_err(|error| Outcome::Failed {
            error: Failure {
                code: "SnapshotNotWritten".to_owned(),
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
            subnet::enable(context, subnet, known).await
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
    if shares_lists(plan) {
        return match additive::write(context, plan).await {
            Settled::Written { before, now } => read_back(report, plan, &before, &now),
            Settled::Failed(error) => all(report, plan, &Outcome::Failed { error }),
            Settled::Moved(live) => {
                let outcome = check_fresh(plan, &live, report)
                    .err()
                    .unwrap_or(Outcome::Unchanged);
                all(report, plan, &outcome)
            }
        };
    }
    let read;
    let live = match fresh {
        Some(live) => live,
        None => match read_registry(context.client, &plan.id).await {
            Ok(live) => {
                read = live;
                &read
            }
            Err(error) => return all(report, plan, &Outcome::Failed { error }),
        },
    };
    if let Err(outcome) = check_fresh(plan, live, report) {
        return all(report, plan, &outcome);
    }
    match patch(context, plan, live).await {
        Patched::Sent(Ok(now)) => read_back(report, plan, live, &now),
        Patched::Sent(Err(error)) => all(
            report,
            plan,
            &Outcome::Failed {
                error: additive::unread(error),
            },
        ),
        Patched::Failed(error) => all(report, plan, &Outcome::Failed { error }),
    }
}

/// Whether others may write the lists that this plan changes.
fn shares_lists(plan: &RegistryPlan) -> bool {
    let changes = [Setting::IpRules, Setting::VirtualNetworkRules]
        .iter()
        .any(|path| plan.change(*path).is_some());
    changes && plan.ownership == Ownership::Additive
}

/// Refuses to go on where the registry is not any more what the plan rests on.
fn check_fresh(
    plan: &RegistryPlan,
    live: &LiveRegistry,
    report: &mut RegistryReport,
) -> Result<(), Outcome> {
    let moved = stale::moved(plan, live);
    if moved.is_empty() {
        return Ok(());
    }
    report.mode.after = live_mode(live);
    let message = format!(
        "the plan is stale: `{}` changed on the registry since it was made",
        moved.join("`, `")
    );
    let help = "run plan again and look at what is different now";
    if report.steps.iter().any(|step| step.outcome == Outcome::Done) {
        let error = Failure {
            code: "StalePlan".to_owned(),
            message,
            request_id: None,
            help: Some(help.to_owned()),
        };
        return Err(Outcome::Failed { error });
    }
    report.refusals.push(Refusal {
        code: "stale-plan".into(),
        message: message.clone(),
        measured: None,
        limit: None,
        override_flag: None,
        help: Some(help.to_owned()),
    });
    Err(Outcome::Skipped { reason: message })
}

/// Where others share the lists, a plan that is not stale may still do more now than it did when it was made: leave no
/// rule at all, or take out too large a part.
fn check_guards(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    report: &mut RegistryReport,
) -> Result<(), Outcome> {
    let broken = judge(plan, &Basis::of(live), &context.plan.guards);
    let Some(first) = broken.first() else {
        return Ok(());
    };
    let reason = format!("refused on what the registry is now: {}", first.message);
    report.refusals.extend(broken);
    Err(Outcome::Skipped { reason })
}

pub(super) fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped {
        reason: reason.to_owned(),
    }
}

/// A registry that is not touched.
pub(super) fn skip(plan: &RegistryPlan, reason: &str) -> RegistryReport {
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
    let result = context
        .client
        .register_provider(subscription, "Microsoft.ContainerRegistry")
        .await;
    context.wrote(&result);
    match result {
        Ok(()) => {
            *registered = true;
            Outcome::Done
        }
        Err(error) => Outcome::Failed { error: error.into() },
    }
}
