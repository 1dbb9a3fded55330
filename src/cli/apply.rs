//! `ringfence apply`

use clap::Args;

use super::plan::PolicyArgs;
use super::session::{self, Session};
use super::{Context, Repeated, SpecArgs, confirm};
use crate::apply::ReportSummary;
use crate::error::{Error, Exit};
use crate::live::ReadOptions;
use crate::plan::{Plan, Policy};
use crate::spec::Spec;

/// Plan, ask, write and verify
///
/// Shows the plan, asks, writes, and reads everything back. A registry that fails never stops the others.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence apply registries.yaml
  ringfence apply specs/ --yes -o json=report.json      in a pipeline
  ringfence apply registries.yaml --sandbox --yes       without Azure")]
pub struct ApplyArgs {
    #[command(flatten)]
    pub specs: SpecArgs,
    /// Apply without being asked
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(super) fn run(args: &ApplyArgs, context: &Context) -> Result<Exit, Error> {
    let spec = session::load(&args.specs, context)?;
    plan_and_apply(
        &spec,
        args.policy.read(),
        &args.policy.policy(),
        args.yes,
        context,
    )
}

/// Plans, shows the plan, asks, and applies; also for `restore`.
pub(super) fn plan_and_apply(
    spec: &Spec,
    read: ReadOptions,
    policy: &Policy,
    yes: bool,
    context: &Context,
) -> Result<Exit, Error> {
    let session = Session::open(context, spec)?;
    let (plan, live) = session.plan(spec, read, policy);
    let asks = plan.writes() && !yes;
    context.preview(&plan, asks)?;
    if asks {
        confirm(&question(&plan), context)?;
    }
    // Whoever was asked took their time, in which a registry may have changed.
    let report = session.apply(&plan, (!asks).then_some(&live));
    context.write(&report)?;
    Ok(exit(&report.summary))
}

fn question(plan: &Plan) -> String {
    let count = plan
        .registries
        .iter()
        .filter(|registry| registry.writes())
        .count();
    let registries = if count == 1 {
        "1 registry".to_owned()
    } else {
        format!("{count} registries")
    };
    format!("Write this to {registries}?")
}

/// What was written and is not whole weighs most; where nothing was written, nothing is in between.
pub fn exit(summary: &ReportSummary) -> Exit {
    let broken = summary.failed + summary.unread > 0;
    let held_back = summary.refused > 0;
    let missing = broken || held_back || summary.skipped > 0;
    match (summary.written, broken, held_back, missing) {
        (true, _, _, true) => Exit::Partial,
        (false, true, ..) => Exit::Failed,
        (false, false, true, _) => Exit::Refused,
        (false, false, false, true) => Exit::Failed,
        (_, _, _, false) => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_whether_something_is_half_done() {
        let base = ReportSummary {
            registries: 2,
            ..ReportSummary::default()
        };
        let rows = [
            (base, Exit::Done),
            (
                ReportSummary {
                    done: 2,
                    written: true,
                    ..base
                },
                Exit::Done,
            ),
            (
                ReportSummary {
                    done: 1,
                    failed: 1,
                    written: true,
                    ..base
                },
                Exit::Partial,
            ),
            (
                ReportSummary {
                    done: 1,
                    refused: 1,
                    written: true,
                    ..base
                },
                Exit::Partial,
            ),
            (
                ReportSummary {
                    done: 1,
                    unread: 1,
                    written: true,
                    ..base
                },
                Exit::Partial,
            ),
            (ReportSummary { failed: 1, ..base }, Exit::Failed),
            (
                ReportSummary {
                    unread: 1,
                    refused: 1,
                    ..base
                },
                Exit::Failed,
            ),
            (
                ReportSummary {
                    refused: 1,
                    skipped: 3,
                    ..base
                },
                Exit::Refused,
            ),
        ];
        for (summary, want) in rows {
            assert_eq!(exit(&summary), want, "{summary:?}");
        }
    }
}
