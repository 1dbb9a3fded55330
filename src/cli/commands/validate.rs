//! `ringfence validate`

use std::path::Path;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::Format;
use crate::cli::args::spec::SpecArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::render::Validated;
use crate::spec::{Diagnostic, DiagnosticCode, Severity};

/// Check a spec without Azure
///
/// Checks everything that can be known offline, `expect` included. All errors are shown, each with file, line and
/// column.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence validate registries.yaml
  ringfence validate specs/ -o json=findings.json
  ringfence validate specs/ --deny warnings")]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    specs: SpecArgs,
    /// Treat this warning as an error; `warnings` for all of them (repeatable)
    #[arg(long, value_name = "CODE", value_parser = warning_codes())]
    deny: Vec<String>,
    #[command(flatten)]
    repeated: Repeated,
}

/// The name that `--deny` takes for every warning.
const ALL_WARNINGS: &str = "warnings";

/// Takes the codes of warnings.
fn warning_codes() -> PossibleValuesParser {
    let mut names = vec![ALL_WARNINGS];
    for code in DiagnosticCode::ALL {
        if code.severity() == Severity::Warning {
            names.push(code.as_str());
        }
    }
    PossibleValuesParser::new(names)
}

impl ValidateArgs {
    /// Turns the warnings that are denied into errors. Returns true if there is one.
    fn deny(&self, warnings: &mut [Diagnostic]) -> bool {
        let mut any = false;
        for warning in warnings {
            let code = warning.code.as_str();
            if self
                .deny
                .iter()
                .any(|denied| denied == code || denied == ALL_WARNINGS)
            {
                warning.severity = Severity::Error;
                any = true;
            }
        }
        any
    }
}

impl Command for ValidateArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.specs.request("validate", context)?;
        let mut loaded = request.load_quietly(true)?;
        if self.deny(&mut loaded.warnings) {
            return Err(Error::InvalidSpec(loaded.warnings));
        }
        // All files are checked in any case: a mistake in one can change what the others mean.
        let chosen = request.selection.apply(loaded.spec)?;
        context.write(&Validated {
            registries: chosen.registries.len(),
            warnings: loaded.warnings,
        })?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Text, Format::Json]
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.specs.paths()
    }
}
