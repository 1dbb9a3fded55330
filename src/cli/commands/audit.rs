//! `ringfence audit`

use std::path::Path;

use clap::Args;

use crate::audit::{Audit, FindingCode};
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::SpecArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, PlanOptions};

/// Show where live state differs from the spec
///
/// Reads and never writes. Shows each rule with the line of the spec and who changed the registry last. Drift ends
/// with 2.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence audit registries.yaml
  ringfence audit specs/ -o jsonl             # a line for each finding
  ringfence audit specs/ -o json=audit.json   # on a schedule; exit 2: drift")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Jsonl, Format::Table];

impl Command for AuditArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let spec = self.specs.request("audit", context)?.load(context)?;
        // A service endpoint that was lost is drift too.
        let plan_options = PlanOptions {
            verify_endpoints: true,
            ..PlanOptions::default()
        };
        let options = context.globals.run_options();
        let mut audit = run::audit(&spec, &plan_options, &options, context)?;
        if audit.summary.drifted > 0
            && let Some(words) = self.specs.words()
        {
            let (verify, service) = (verify_flag(&audit), options.same_service_flags());
            audit.next = Some(format!("ringfence plan{words}{verify}{service}"));
        }
        context.write(&audit)?;
        Ok(run::exit_of_audit(&audit.summary))
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.specs.paths()
    }
}

/// Returns the flag with which a plan sees lost endpoints too. Without it, a plan does not read subnets again.
fn verify_flag(audit: &Audit) -> &'static str {
    for finding in &audit.findings {
        if finding.code == FindingCode::MissingEndpoint {
            return " --verify-endpoints";
        }
    }
    ""
}
