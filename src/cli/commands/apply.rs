//! `ringfence apply`

use std::path::PathBuf;

use clap::Args;

use super::plan::PolicyArgs;
use crate::apply::ReportSummary;
use crate::cli::io::confirm::confirm;
use crate::cli::session::{self, Applied, Reads, Session};
use crate::cli::{Context, Repeated, SpecArgs, saved};
use crate::error::{Error, Exit, RunRefusal};
use crate::live::Live;
use crate::plan::{Plan, Policy, diff};
use crate::spec::Spec;

/// Plan, ask, write and verify
///
/// Shows the plan, asks, writes, and reads everything back. A registry that fails never stops the others; a guard that
/// the plan breaks stops the whole run before anything is written. A registry that has changed since it was read is held
/// back by itself.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence apply registries.yaml
  ringfence apply specs/ --yes -o json=report.json               in a pipeline
  ringfence plan specs/ -o json=plan.json                        on a pull request, and on merge:
  ringfence apply --plan plan.json --yes                         just what was reviewed, or nothing
  ringfence apply specs/ --plan plan.json --rebase --yes         also if only something else has changed since
  ringfence apply registries.yaml --sandbox --yes                without Azure")]
pub(crate) struct ApplyArgs {
    /// YAML file, or folder whose *.yaml and *.yml files are all loaded
    #[arg(value_name = "SPEC", required_unless_present = "plan")]
    pub specs: Vec<PathBuf>,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "specs")]
    pub as_of: Option<jiff::civil::Date>,
    /// Apply this saved plan and nothing else
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Apply only if the plan has this checksum. It covers --override, --fail-on, --protect and --verify-endpoints too
    #[arg(long, value_name = "sha256:…", conflicts_with = "plan")]
    pub checksum: Option<String>,
    /// Where the saved plan is stale, plan again, and go on if the changes are the same
    #[arg(long, requires_all = ["plan", "specs"])]
    pub rebase: bool,
    #[command(flatten)]
    pub write: WriteArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

/// How something is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Write without being asked
    #[arg(short, long)]
    pub yes: bool,
    /// Folder for snapshots of the state before the write [default: .ringfence, in the sandbox .ringfence/sandbox]
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
}

impl WriteArgs {
    /// Snapshots of the sandbox stay apart: they name the same registries, and must never be restored in Azure.
    fn folder(&self, context: &Context) -> PathBuf {
        let default = if context.globals.sandbox.is_some() {
            ".ringfence/sandbox"
        } else {
            ".ringfence"
        };
        self.snapshots.clone().unwrap_or_else(|| default.into())
    }
}

pub(crate) fn run(args: &ApplyArgs, context: &Context) -> Result<Exit, Error> {
    match &args.plan {
        Some(file) => saved::run(args, file, context),
        None => planned(args, context),
    }
}

/// Plans and applies; with `--checksum` only the plan that was reviewed.
fn planned(args: &ApplyArgs, context: &Context) -> Result<Exit, Error> {
    let spec = load(args, context)?;
    let session = Session::open(context, &spec)?;
    let policy = args.policy.policy();
    let (plan, live) = session.plan(&spec, args.policy.read(), &policy);
    match &args.checksum {
        Some(wanted) if *wanted != plan.checksum => {
            context.preview(&plan, false)?;
            let bare = Policy {
                created: policy.created,
                ..Policy::default()
            };
            let flags = args.policy.given();
            let of_flags = !flags.is_empty() && diff(&spec, &live, &bare).checksum == *wanted;
            let refusal = if of_flags {
                RunRefusal::FlagsDiffer { flags }
            } else {
                RunRefusal::ChecksumDiffers {
                    found: plan.checksum,
                    wanted: wanted.clone(),
                }
            };
            Err(refusal.into())
        }
        _ => finish(&session, &plan, Some(&live), &args.write, context),
    }
}

pub(crate) fn load(args: &ApplyArgs, context: &Context) -> Result<Spec, Error> {
    session::load(
        &SpecArgs {
            specs: args.specs.clone(),
            as_of: args.as_of,
        },
        context,
    )
}

/// Plans and applies a spec that comes from elsewhere than a file: for `restore`.
pub(crate) fn plan_and_apply(
    spec: &Spec,
    reads: Reads,
    policy: &Policy,
    write: &WriteArgs,
    context: &Context,
) -> Result<Exit, Error> {
    let session = Session::open(context, spec)?;
    let (plan, live) = session.plan(spec, reads, policy);
    finish(&session, &plan, Some(&live), write, context)
}

/// Shows the plan, asks, applies, and shows what came of it.
pub(crate) fn finish(
    session: &Session<'_>,
    plan: &Plan,
    live: Option<&Live>,
    write: &WriteArgs,
    context: &Context,
) -> Result<Exit, Error> {
    let asks = plan.writes() && !write.yes;
    context.preview(plan, asks)?;
    if asks {
        confirm(plan, context)?;
    }
    // Whoever was asked took their time, and so did asking or reading other registries: this one may have changed.
    let fresh = !asks && !plan.guards.probed && plan.registries.len() + plan.failures.len() == 1;
    let Applied { report, interrupted } = session.apply(plan, live, fresh, &write.folder(context));
    let shown = context.write(&report);
    let exit = interrupted.unwrap_or_else(|| exit(&report.summary));
    match shown {
        // The report is lost, but not what it was about.
        Err(error) if report.summary.written => {
            context.fail(&error);
            Ok(interrupted.unwrap_or(Exit::Partial))
        }
        shown => shown.map(|()| exit),
    }
}

/// What was written and is not whole weighs most; where nothing was written, nothing is in between.
pub(crate) fn exit(summary: &ReportSummary) -> Exit {
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
