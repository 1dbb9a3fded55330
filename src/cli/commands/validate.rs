//! `ringfence validate`

use clap::Args;

use crate::cli::{Context, Repeated, SpecArgs, session};
use crate::error::{Error, Exit};
use crate::render::Validated;

/// Check a spec without Azure
///
/// Everything that can be known offline, `expect` included. All errors are shown, each with file, line and column.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence validate registries.yaml
  ringfence validate specs/ -o json=findings.json")]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub specs: SpecArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(crate) fn run(args: &ValidateArgs, context: &Context) -> Result<Exit, Error> {
    let (spec, warnings) = session::check(&args.specs)?;
    let validated = Validated {
        registries: spec.registries.len(),
        warnings,
    };
    context.write(&validated)?;
    Ok(Exit::Done)
}
