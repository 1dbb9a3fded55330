//! `ringfence apply`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, formats_of_result, with_formats};
use crate::cli::args::policy::{OnlyChangeArgs, PolicyArgs};
use crate::cli::args::spec::SpecArgs;
use crate::cli::args::values::checksum;
use crate::cli::args::write::WriteArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, ApplyRequest, PlanOptions, Reviewed, SpecRequest, WriteOptions};

/// Plan, ask, write and verify
///
/// Shows the plan, asks, writes, and reads everything back. A registry that fails never stops the others. A guard that
/// the plan breaks stops the whole run before anything is written. A registry that has changed since it was read is
/// skipped. A saved plan is applied as a whole: every registry of it is read first, also one that needs nothing, and nothing is
/// written if the plan does not hold on one of them, unless --partial says so.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence apply registries.yaml
  ringfence apply registries.yaml --sandbox --yes    # without Azure
  ringfence apply specs/ --yes -o json=report.json   # in a pipeline
  ringfence apply specs/ --only-change hub/build     # one rule of many
  ringfence apply specs/ --yes --resume report.json  # what was left undone
  # on a pull request, and then on merge exactly what was reviewed:
  ringfence plan specs/ -o json=plan.json
  ringfence apply --plan plan.json --yes
  # also if something else has changed since:
  ringfence apply specs/ --plan plan.json --rebase --yes")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    specs: SpecArgs,
    /// Apply this saved plan and nothing else
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Go on from the JSON report of an earlier run, also a merged one: the registries that it has done are left out
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["plan", "checksum"])]
    resume: Option<PathBuf>,
    /// Apply only if the plan has this checksum, `sha256:` and 64 digits. It covers --override, --fail-on, --protect, --only-change and --verify-endpoints too
    #[arg(long, value_name = "CHECKSUM", value_parser = checksum, value_hint = clap::ValueHint::Other, conflicts_with = "plan")]
    checksum: Option<String>,
    /// If the saved plan is stale, plan again, and go on if the changes are the same
    #[arg(long, requires = "plan")]
    rebase: bool,
    /// Write the other registries of the saved plan if some have changed or cannot be read
    #[arg(long, requires = "plan", conflicts_with = "rebase")]
    partial: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    only: OnlyChangeArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = formats_of_result![Table, Html];

impl ApplyArgs {
    /// Returns the spec. A saved plan needs none.
    fn spec(&self, context: &Context) -> Result<Option<SpecRequest>, Error> {
        if self.plan.is_none() || self.rebase || self.specs.is_given() {
            return self.specs.request("apply", context).map(Some);
        }
        match self.specs.flag() {
            None => Ok(None),
            Some(flag) => Err(Error::usage(
                format!("`{flag}` needs a spec, and `--plan` is given without one"),
                format!("leave {flag} out, or name the spec of the plan too"),
            )),
        }
    }

    fn reviewed(&self) -> Reviewed {
        match (&self.plan, &self.checksum) {
            (Some(file), _) if self.rebase => Reviewed::Rebase(file.clone()),
            (Some(file), _) => Reviewed::File(file.clone()),
            (None, Some(checksum)) => Reviewed::Checksum(checksum.clone()),
            (None, None) => Reviewed::None,
        }
    }
}

impl Command for ApplyArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = ApplyRequest {
            spec: self.spec(context)?,
            resume: self.resume.clone(),
            reviewed: self.reviewed(),
            plan: PlanOptions {
                snapshots: self.write.unasked.snapshots.clone(),
                only_change: self.only.only_change.clone(),
                ..self.policy.options()
            },
            write: WriteOptions {
                partial: self.partial,
                ..self.write.options()
            },
        };
        run::apply(&request, &context.globals.run_options(), context)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs = self.specs.paths();
        inputs.extend(self.plan.as_deref());
        // An error in the place of the earlier report would lose its undo.
        inputs.extend(self.resume.as_deref());
        inputs
    }
}
