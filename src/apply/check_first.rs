//! The check of a reviewed plan as a whole: every registry that it changes is read before the first write.

use futures::StreamExt;

use super::context::Run;
use super::registry::read_and_check;
use super::registry_report::RegistryReport;
use crate::azure::side_by_side;
use crate::live::ProgressEvent;
use crate::plan::RegistryPlan;

/// Reads the registries that the plan changes. Returns the reports of all registries if the plan does not hold on one, or
/// if one cannot be read; then nothing may be written. Returns none if the plan holds.
pub(crate) async fn reports_if_stale(run: &Run<'_>) -> Vec<RegistryReport> {
    let registries = &run.plan.registries;
    let changed: Vec<&RegistryPlan> = registries.iter().filter(|plan| plan.writes()).collect();
    // A single registry is read right before its write anyway.
    if changed.len() < 2 {
        return Vec::new();
    }
    (run.options.say)(ProgressEvent::Begun {
        task: "checking",
        registries: changed.len(),
    });
    let checks = changed.into_iter().map(|plan| (&plan.id, check(run, plan)));
    let mut checks = side_by_side(checks, run.options.parallel);
    let mut reports: Vec<RegistryReport> = Vec::new();
    while let Some(found) = checks.next().await {
        reports.extend(found);
    }
    let Some(first) = reports.first() else {
        return reports;
    };
    let reason = format!(
        "the plan does not hold on `{}`, and --partial is not given",
        first.id.name()
    );
    for plan in registries {
        if reports.iter().all(|report| report.id != plan.id) {
            reports.push(RegistryReport::skipped(plan, &reason));
        }
    }
    reports
}

/// Returns the report of a registry on which the plan does not hold.
async fn check(run: &Run<'_>, plan: &RegistryPlan) -> Option<RegistryReport> {
    let mut report = RegistryReport::start(plan);
    let registry = run.registry(plan);
    registry.say("reading");
    let checked = read_and_check(&registry, &mut report).await;
    (run.options.say)(ProgressEvent::Ended { registry: &plan.id });
    let outcome = checked.err()?;
    Some(report.not_begun(plan, outcome))
}
