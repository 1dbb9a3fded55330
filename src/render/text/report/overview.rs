//! The report as a table, a row for each registry.

use super::registry::reason;
use crate::apply::{Outcome, RegistryOutcome, RegistryReport, Report};
use crate::model::grouped;
use crate::plan::{AnyChange, ChangeCount, RegistryFailure};
use crate::render::text::table::table;
use crate::render::{Paint, safe};

const HEAD: [&str; 7] = ["NAME", "MODE", "+", "~", "-", "STATE", "WHY"];

/// Renders each registry as a row: mode, rules that went in, values that changed, rules that went out, state, and the reason
/// where it is not as wanted.
pub(in crate::render) fn overview(report: &Report, paint: Paint) -> String {
    let mut rows = Vec::new();
    for registry in &report.registries {
        rows.push(row(registry));
    }
    for failure in &report.failures {
        rows.push(unread(failure));
    }
    if rows.is_empty() {
        return format!("{}\n", super::summary(report));
    }
    table(HEAD, &rows, paint)
}

fn row(registry: &RegistryReport) -> [String; 7] {
    let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
    let mode = if before == after {
        after.into_owned()
    } else {
        format!("{before} → {after}")
    };
    let count = made(registry);
    [
        safe(registry.id.name()).into_owned(),
        mode,
        grouped(count.add as u64),
        grouped(count.change as u64),
        grouped(count.remove as u64),
        state(registry.outcome).to_owned(),
        reason(registry),
    ]
}

/// Counts what was written.
fn made(registry: &RegistryReport) -> ChangeCount {
    let mut sum = ChangeCount::default();
    for report in &registry.changes {
        if report.outcome != Outcome::Done {
            continue;
        }
        let count = match &report.change {
            AnyChange::Setting(change) => change.count(),
            AnyChange::Endpoints(change) => ChangeCount {
                change: change.add.len(),
                ..ChangeCount::default()
            },
        };
        sum.add += count.add;
        sum.change += count.change;
        sum.remove += count.remove;
    }
    sum
}

/// Says what came of a registry.
pub(in crate::render) fn state(outcome: RegistryOutcome) -> &'static str {
    match outcome {
        RegistryOutcome::Unchanged => "up to date",
        RegistryOutcome::Changed => "applied",
        RegistryOutcome::Skipped => "not changed",
        RegistryOutcome::Refused => "refused",
        RegistryOutcome::Partial => "in part",
        RegistryOutcome::Failed => "failed",
        RegistryOutcome::Unknown => "not known",
    }
}

fn unread(failure: &RegistryFailure) -> [String; 7] {
    let name = safe(failure.id.name()).into_owned();
    let code = safe(&failure.error.code).into_owned();
    let [mode, add, change, remove] = ["-"; 4].map(str::to_owned);
    [name, mode, add, change, remove, "not read".to_owned(), code]
}

#[cfg(test)]
mod tests {
    use crate::render::text::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn each_registry_of_a_report_is_a_row() {
        insta::assert_snapshot!(samples::report().table(Paint::PLAIN), @r"
        NAME       MODE                                                                         +  ~  -  STATE       WHY
        adatum     open                                                                         0  1  0  in part     NetworkRuleValidationError
        contoso    open → selected networks (2 IP, 1 subnet)                                    3  1  0  applied
        fabrikam   selected networks (16 IP, 0 subnets) → selected networks (12 IP, 0 subnets)  0  0  0  refused     removals
        tailspin   selected networks (3 IP, 0 subnets)                                          0  0  0  up to date
        northwind  -                                                                            -  -  -  not read    AuthorizationFailed
        ");
    }
}
