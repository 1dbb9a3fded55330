//! What became of each change, judged by what the registry shows.

use super::patch::send::failure;
use super::registry::skipped;
use super::report::{ChangeReport, Outcome, RegistryReport, ReportSummary};
use crate::live::LiveRegistry;
use crate::plan::{Change, RegistryPlan, Setting, StepAction, deviations, live_mode};

/// Compares all that the registry shows with what it should show, also what was not to change.
pub(crate) fn read_back(
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
pub(crate) fn carried(plan: &RegistryPlan) -> impl Iterator<Item = &Change> {
    plan.changes
        .iter()
        .filter(|change| change.path != Setting::ServiceEndpoints)
}

pub(crate) fn all(report: &mut RegistryReport, plan: &RegistryPlan, outcome: &Outcome) -> Outcome {
    let reports = carried(plan).map(|change| ChangeReport {
        change: change.clone(),
        outcome: outcome.clone(),
    });
    report.changes.extend(reports);
    outcome.clone()
}

/// Gives every change that no step has settled its outcome, and sorts them as planned.
pub(crate) fn settle(report: &mut RegistryReport, plan: &RegistryPlan) {
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

impl RegistryReport {
    /// Steps that failed although no change is reported as failed: a failure must not go uncounted.
    fn steps_failed_alone(&self) -> usize {
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed { .. });
        if !self.deviations.is_empty() || self.changes.iter().any(|change| failed(&change.outcome)) {
            return 0;
        }
        self.steps.iter().filter(|step| failed(&step.outcome)).count()
    }
}

pub(crate) fn summarise(registries: &[RegistryReport], unread: usize, written: bool) -> ReportSummary {
    let mut summary = ReportSummary {
        registries: registries.len() + unread,
        unread,
        written,
        ..ReportSummary::default()
    };
    for registry in registries {
        summary.verified += usize::from(registry.verified());
        summary.refused += usize::from(!registry.refusals.is_empty());
        summary.failed += registry.deviations.len() + registry.steps_failed_alone();
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
