//! `ringfence validate`

use std::path::Path;

use clap::Args;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::Format;
use crate::cli::args::spec::SpecArgs;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::render::Validated;

/// Check a spec without Azure
///
/// Checks everything that can be known offline, `expect` included. All errors are shown, each with file, line and
/// column.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence validate registries.yaml
  ringfence validate specs/ -o json=findings.json")]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    repeated: Repeated,
}

impl Command for ValidateArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.specs.request("validate", context)?;
        let loaded = request.load_quietly(true)?;
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
