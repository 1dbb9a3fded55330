//! Walking the steps of one registry.

use super::additive::{self, Settled};
use super::registry::{Patched, failure, patch};
use super::types::{ChangeReport, Outcome, RegistryReport, ReportSummary, StepReport, Undo};
use super::{Context, Snapshot, stale, subnet};
use crate::live::{Failure, LiveRegistry, Reading, read_registry};
use crate::plan::{
    Change, ModeChange, Refusal, RegistryPlan, Setting, StepAction, deviations, live_mode,
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
            &read
        }
    };
    report.undo = Some(keep(context, live)?);
    Ok(())
}

/// Keeps the state before the write, and says how to have it back.
fn keep(context: &Context<'_>, live: &LiveRegistry) -> Result<Undo, Outcome> {
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
    let command = format!(
        "ringfence restore --from {}",
        shell_word(&path.display().to_string())
    );
    Ok(Undo {
        snapshot: path.display().to_string(),
        command,
    })
}

/// One word for a POSIX shell, whatever is in it.
pub fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
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

fn skipped(reason: &str) -> Outcome {
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

/// Compares all that the registry shows with what it should show, also what was not to change.
fn read_back(
    report: &mut RegistryReport,
    plan: &RegistryPlan,
    before: &LiveRegistry,
    now: &LiveRegistry,
) -> Outcome {
    report.mode.after = live_mode(now);
    let mut deviations = deviations(plan, before, now);
    let mut step = Outcome::Done;
    for change in carried(plan) {
        let own = deviations
            .iter()
            .position(|deviation| deviation.path == change.path);
        let outcome = own.map_or(Outcome::Done, |at| Outcome::Failed {
            error: failure(&deviations.remove(at), now),
        });
        if outcome != Outcome::Done {
            step = outcome.clone();
        }
        report.changes.push(ChangeReport {
            change: change.clone(),
            outcome,
        });
    }
    if let Some(deviation) = deviations.first() {
        step = Outcome::Failed {
            error: failure(deviation, now),
        };
    }
    report.deviations = deviations;
    step
}

/// The changes that the PATCH carries.
fn carried(plan: &RegistryPlan) -> impl Iterator<Item = &Change> {
    plan.changes
        .iter()
        .filter(|change| change.path != Setting::ServiceEndpoints)
}

fn all(report: &mut RegistryReport, plan: &RegistryPlan, outcome: &Outcome) -> Outcome {
    let reports = carried(plan).map(|change| ChangeReport {
        change: change.clone(),
        outcome: outcome.clone(),
    });
    report.changes.extend(reports);
    outcome.clone()
}

/// Gives every change that no step has settled its outcome, and sorts them as planned.
fn settle(report: &mut RegistryReport, plan: &RegistryPlan) {
    for change in &plan.changes {
        if report
            .changes
            .iter()
            .any(|settled| settled.change.path == change.path)
        {
            continue;
        }
        let outcome = match change.path {
            Setting::ServiceEndpoints => endpoints(report),
            _ => report.steps.last().map_or_else(
                || skipped("an earlier step did not succeed"),
                |step| step.outcome.clone(),
            ),
        };
        report.changes.push(ChangeReport {
            change: change.clone(),
            outcome,
        });
    }
    report.changes.sort_by_key(|settled| settled.change.path);
}

/// The worst of the endpoint steps; unchanged only if every one was.
fn endpoints(report: &RegistryReport) -> Outcome {
    let steps = report
        .steps
        .iter()
        .filter(|s| matches!(s.step, StepAction::EnableServiceEndpoint { .. }));
    let outcomes: Vec<&Outcome> = steps.map(|step| &step.outcome).collect();
    let worst = outcomes.iter().find(|outcome| !outcome.came_about());
    let done = outcomes.iter().find(|outcome| ***outcome == Outcome::Done);
    worst
        .or(done)
        .map_or(Outcome::Unchanged, |outcome| (**outcome).clone())
}

impl Outcome {
    /// Whether the wanted state holds.
    pub fn came_about(&self) -> bool {
        matches!(self, Self::Done | Self::Unchanged)
    }
}

impl RegistryReport {
    /// Whether the registry is as wanted, as far as it was read back.
    pub fn verified(&self) -> bool {
        self.refusals.is_empty()
            && self.deviations.is_empty()
            && self.changes.iter().all(|change| change.outcome.came_about())
            && self.steps.iter().all(|step| step.outcome.came_about())
    }
}

pub(super) fn summarise(registries: &[RegistryReport], unread: usize, written: bool) -> ReportSummary {
    let mut summary = ReportSummary {
        registries: registries.len() + unread,
        unread,
        written,
        ..ReportSummary::default()
    };
    for registry in registries {
        summary.verified += usize::from(registry.verified());
        summary.refused += usize::from(!registry.refusals.is_empty());
        summary.failed += registry.deviations.len();
        for change in &registry.changes {
            match change.outcome {
                Outcome::Done => summary.done += 1,
                Outcome::Unchanged => summary.unchanged += 1,
                Outcome::Skipped { .. } => summary.skipped += 1,
                Outcome::Failed { .. } => summary.failed += 1,
            }
        }
    }
    summary
}
