//! `ringfence plan`

use std::mem;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::cli::args::callers::{caller_source, days, workspace};
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, formats_of_result, with_formats};
use crate::cli::args::policy::{OnlyChangeArgs, PolicyArgs};
use crate::cli::args::spec::SpecArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::model::ResourceId;
use crate::run::{self, PlanOptions};

/// Show what would change, and who gains and who loses access
///
/// Reads and never writes. A plan that apply would refuse ends with 3.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence plan registries.yaml
  ringfence plan registries.yaml --only 'prod*'
  ringfence plan registries.yaml --override removals
  ringfence plan registries.yaml --only-change 203.0.113.0/24
  ringfence plan registries.yaml --fail-on drift     # since the last apply
  ringfence plan specs/ -o table                     # a row for each registry
  ringfence plan registries.yaml --events logins.csv # callers that lose access
  # exit 2 if something would change:
  ringfence plan specs/ --detailed-exitcode -o json=plan.json")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(group(ArgGroup::new("callers").args(["impact", "events"])))]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    specs: SpecArgs,
    /// End with 2 instead of 0 if something would change
    #[arg(long)]
    detailed_exitcode: bool,
    /// Leave out the registries that the JSON report of an apply has done, as apply --resume does
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    resume: Option<PathBuf>,
    /// Show each registry: those that do not change, and each of those that change alike
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    only: OnlyChangeArgs,
    /// Show which callers of the registries lose access, by the login events in this Log Analytics workspace
    #[arg(long, value_name = "WORKSPACE", value_parser = workspace, value_hint = clap::ValueHint::Other)]
    impact: Option<ResourceId>,
    /// Show which callers lose access, by exported login events (CSV or JSON)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    events: Option<PathBuf>,
    /// Days of login events to look at [default: 30 of a workspace, all of a file]
    #[arg(long, value_name = "N", value_parser = days(), requires = "callers")]
    days: Option<u16>,
    /// Folder with the records of earlier runs, for --fail-on drift [default: as for apply]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    snapshots: Option<PathBuf>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = formats_of_result![Table, Html, GitlabTerraform];

impl Command for PlanArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let mut spec = self.specs.request("plan", context)?.load(context)?;
        let options = context.globals.run_options();
        let resumed = match &self.resume {
            Some(report) => Some(run::leave_out_done(&mut spec, report, &options, context)?),
            None => None,
        };
        let plan_options = PlanOptions {
            snapshots: self.snapshots.clone(),
            only_change: self.only.only_change.clone(),
            ..self.policy.options()
        };
        let callers = caller_source(self.impact.as_ref(), self.events.as_deref(), self.days);
        let plan = run::plan(
            &spec,
            &plan_options,
            callers.as_ref(),
            resumed.as_ref(),
            &options,
            context,
        )?;
        context.write(&plan)?;
        let exit = run::exit_of_plan(&plan.summary, self.detailed_exitcode);
        // The process ends now. To free what a fleet has, value by value, would take a twentieth of the run.
        mem::forget((plan, spec));
        Ok(exit)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn shows_all(&self) -> bool {
        self.all
    }

    fn inputs(&self) -> Vec<&Path> {
        let mut inputs = self.specs.paths();
        inputs.extend(self.events.as_deref());
        inputs.extend(self.resume.as_deref());
        inputs
    }
}
