//! `ringfence apply`

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::Format;
use crate::cli::args::policy::PolicyArgs;
use crate::cli::args::write::WriteArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, ApplyRequest, Reviewed, WriteOptions};

/// Plan, ask, write and verify
///
/// Shows the plan, asks, writes, and reads everything back. A registry that fails never stops the others. A guard that
/// the plan breaks stops the whole run before anything is written. A registry that has changed since it was read is
/// skipped. A saved plan is applied as a whole: every registry that it changes is read first, and nothing is written if
/// the plan does not hold on one of them, unless --partial says so.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence apply registries.yaml
  ringfence apply specs/ --yes -o json=report.json               in a pipeline
  ringfence plan specs/ -o json=plan.json                        on a pull request, and on merge:
  ringfence apply --plan plan.json --yes                         exactly what was reviewed, or nothing
  ringfence apply specs/ --plan plan.json --rebase --yes         also if only something else has changed since
  ringfence apply registries.yaml --sandbox --yes                without Azure")]
pub(crate) struct ApplyArgs {
    /// YAML file, or folder whose *.yaml and *.yml files are all loaded
    #[arg(value_name = "SPEC", required_unless_present = "plan")]
    specs: Vec<PathBuf>,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "specs")]
    as_of: Option<Date>,
    /// Apply this saved plan and nothing else
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Apply only if the plan has this checksum. It covers --override, --fail-on, --protect and --verify-endpoints too
    #[arg(long, value_name = "sha256:…", conflicts_with = "plan")]
    checksum: Option<String>,
    /// If the saved plan is stale, plan again, and go on if the changes are the same
    #[arg(long, requires_all = ["plan", "specs"])]
    rebase: bool,
    /// Write the other registries of the saved plan if some have changed or cannot be read
    #[arg(long, requires = "plan", conflicts_with = "rebase")]
    partial: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    repeated: Repeated,
}

impl ApplyArgs {
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
            specs: self.specs.clone(),
            day: self.as_of.unwrap_or_else(run::today),
            reviewed: self.reviewed(),
            plan: self.policy.options(),
            write: WriteOptions {
                partial: self.partial,
                ..self.write.options()
            },
        };
        run::apply(&request, &context.globals.run_options(), context)
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Text, Format::Json]
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs: Vec<&Path> = self.specs.iter().map(PathBuf::as_path).collect();
        inputs.extend(self.plan.as_deref());
        inputs
    }
}
