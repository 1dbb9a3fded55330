//! The check of a reviewed plan as a whole: every registry is read before the first write, also those that need nothing.

use futures::StreamExt;

use super::context::Run;
use super::registry::read_and_check;
use super::registry_report::RegistryReport;
use super::switches;
use crate::azure::side_by_side;
use crate::live::ProgressEvent;
use crate::plan::RegistryPlan;

/// Registries named as the reason for the others; more are counted.
const MOST_NAMED: usize = 5;

/// Reads the registries of the plan. Returns the reports of those on which the plan does not hold or that cannot be
/// read, and of the others that may not be written because of them: all of them, or with `--partial` those that turn on an
/// endpoint which they share. Returns none if the plan holds.
pub(crate) async fn reports_if_stale(run: &Run<'_>) -> Vec<RegistryReport> {
    let registries = &run.plan.registries;
    let mut read: Vec<&RegistryPlan> = run.not_refused().collect();
    if !run.options.all_or_nothing {
        let sharing = switches::sharing(run);
        read.retain(|plan| sharing.contains(&plan.id));
    }
    // A single registry is read right before its write anyway.
    if read.len() < 2 {
        return Vec::new();
    }
    (run.options.say)(ProgressEvent::Begun {
        task: "checking",
        registries: read.len(),
    });
    let checks = read.into_iter().map(|plan| (&plan.id, check(run, plan)));
    let mut checks = side_by_side(checks, run.options.parallel);
    let mut reports: Vec<RegistryReport> = Vec::new();
    while let Some(found) = checks.next().await {
        reports.extend(found);
    }
    if reports.is_empty() {
        return reports;
    }
    if !run.options.all_or_nothing {
        reports.extend(switches::skipped(run.plan, &reports));
        return reports;
    }
    let reason = reason(&reports);
    for plan in registries {
        if reports.iter().all(|report| report.id != plan.id) {
            reports.push(RegistryReport::skipped(plan, &reason));
        }
    }
    reports
}

/// Returns why the other registries are not written, with the names of those that stop them.
fn reason(reports: &[RegistryReport]) -> String {
    let (mut stale, mut unread) = (Vec::new(), Vec::new());
    for report in reports {
        let names = match report.error {
            Some(_) => &mut unread,
            None => &mut stale,
        };
        names.push(format!("`{}`", report.id.name()));
    }
    let mut reasons = Vec::new();
    if !stale.is_empty() {
        reasons.push(format!("the plan does not hold on {}", named(stale)));
    }
    if !unread.is_empty() {
        reasons.push(format!("{} could not be read again", named(unread)));
    }
    format!("{}, and --partial is not given", reasons.join(", "))
}

/// Joins names in their order, the first few of many: the checks end in any order.
fn named(mut names: Vec<String>) -> String {
    names.sort();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// Returns the report of a registry on which the plan does not hold.
async fn check(run: &Run<'_>, plan: &RegistryPlan) -> Option<RegistryReport> {
    let mut report = RegistryReport::start(plan);
    let registry = run.registry(plan);
    registry.say("reading");
    let checked = read_and_check(&registry, &mut report).await;
    (run.options.say)(ProgressEvent::Ended { registry: &plan.id });
    match checked {
        // A registry that is written is read once more right before that.
        Ok(live) if plan.is_empty() => run.keep_checked(live),
        Ok(_) => {}
        Err(outcome) if plan.is_empty() => return Some(report.not_read(plan, outcome)),
        Err(outcome) => return Some(report.not_begun(plan, outcome)),
    }
    None
}
