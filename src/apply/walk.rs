//! Walking the steps of one registry.

use super::registry::{Patched, patch, verify};
use super::types::{ChangeReport, Outcome, RegistryReport, ReportSummary, StepReport};
use super::{Context, subnet};
use crate::live::{LiveRegistry, Reading};
use crate::plan::{Change, ModeChange, Refusal, RegistryPlan, Setting, StepAction, live_mode};

/// Does the steps in order. After a step that fails the rest is skipped: each rests on the one before.
pub(super) async fn registry(
    context: &Context<'_>,
    plan: &RegistryPlan,
    reading: Option<&Reading>,
) -> RegistryReport {
    let mut report = start(plan);
    let mut fresh = reading.is_some();
    for step in &plan.steps {
        let outcome = match &step.action {
            _ if report.steps.iter().any(|step| !step.outcome.came_about()) => Outcome::Skipped {
                reason: "an earlier step did not succeed".to_owned(),
            },
            StepAction::RegisterProvider { subscription } => register(context, subscription).await,
            StepAction::EnableServiceEndpoint { subnet } => {
                let known = reading.and_then(|reading| reading.subnets.get(subnet));
                subnet::enable(context, subnet, known).await
            }
            StepAction::PatchRegistry { .. } => {
                let known = reading.filter(|_| fresh).map(|reading| &reading.registry);
                finish(&mut report, plan, patch(context, plan, known).await)
            }
        };
        // The other steps take time, in which somebody else may write the registry.
        fresh = false;
        report.steps.push(StepReport {
            step: step.action.clone(),
            outcome,
        });
    }
    settle(&mut report, plan);
    report
}

/// A registry that is not touched.
pub(super) fn skip(plan: &RegistryPlan, reason: &str) -> RegistryReport {
    let skipped = || Outcome::Skipped {
        reason: reason.to_owned(),
    };
    let mut report = start(plan);
    report.steps = plan
        .steps
        .iter()
        .map(|step| StepReport {
            step: step.action.clone(),
            outcome: skipped(),
        })
        .collect();
    report.changes = plan
        .changes
        .iter()
        .map(|change| ChangeReport {
            change: change.clone(),
            outcome: skipped(),
        })
        .collect();
    report
}

fn start(plan: &RegistryPlan) -> RegistryReport {
    RegistryReport {
        id: plan.id.clone(),
        mode: ModeChange {
            before: plan.mode.before.clone(),
            after: plan.mode.before.clone(),
        },
        steps: Vec::new(),
        changes: Vec::new(),
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

/// Turns the end of the PATCH into the outcome of its step and of each change that it carried.
fn finish(report: &mut RegistryReport, plan: &RegistryPlan, patched: Patched) -> Outcome {
    let carried = plan
        .changes
        .iter()
        .filter(|change| change.path != Setting::ServiceEndpoints);
    match patched {
        Patched::Sent(Ok(live)) => read_back(report, carried, &live),
        Patched::Sent(Err(mut error)) => {
            error.message = format!("written, but it could not be read back: {}", error.message);
            all(report, carried, &Outcome::Failed { error })
        }
        Patched::Failed(error) => all(report, carried, &Outcome::Failed { error }),
        Patched::Stale(moved) => {
            let moved = moved.join("`, `");
            let message =
                format!("the plan is stale: `{moved}` changed on the registry since it was made");
            report.refusals.push(Refusal {
                code: "stale-plan",
                message: message.clone(),
                measured: None,
                limit: None,
                override_flag: None,
                help: Some("run plan again and look at what is different now".to_owned()),
            });
            all(report, carried, &Outcome::Skipped { reason: message })
        }
    }
}

fn read_back<'a>(
    report: &mut RegistryReport,
    changes: impl Iterator<Item = &'a Change>,
    live: &LiveRegistry,
) -> Outcome {
    report.mode.after = live_mode(live);
    let mut step = Outcome::Done;
    for change in changes {
        let outcome = match verify(change, live) {
            Ok(()) => Outcome::Done,
            Err(error) => {
                step = Outcome::Failed { error: error.clone() };
                Outcome::Failed { error }
            }
        };
        report.changes.push(ChangeReport {
            change: change.clone(),
            outcome,
        });
    }
    step
}

fn all<'a>(
    report: &mut RegistryReport,
    changes: impl Iterator<Item = &'a Change>,
    outcome: &Outcome,
) -> Outcome {
    report.changes.extend(changes.map(|change| ChangeReport {
        change: change.clone(),
        outcome: outcome.clone(),
    }));
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
            _ => Outcome::Skipped {
                reason: "an earlier step did not succeed".to_owned(),
            },
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
