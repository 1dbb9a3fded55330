//! `ringfence apply`

use clap::Args;

use super::plan::PolicyArgs;
use super::{Context, Repeated, SpecArgs};
use crate::apply::{Report, ReportSummary};
use crate::error::{Error, Exit};

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

pub(super) fn run(_args: &ApplyArgs, _context: &Context) -> Result<Exit, Error> {
    Err(super::not_connected("apply"))
}

/// Shows what became of a plan; also for `restore`.
pub fn finish(report: &Report, context: &Context) -> Result<Exit, Error> {
    context.write(report)?;
    Ok(exit(&report.summary))
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
