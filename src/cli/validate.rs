//! `ringfence validate`

use clap::Args;

use super::{Context, Repeated, SpecArgs};
use crate::error::{Error, Exit};
use crate::render::Validated;

/// Check a spec without Azure
///
/// Everything that can be known offline, `expect` included. All errors are shown, each with file, line and column.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence validate registries.yaml
  ringfence validate specs/ -o json=findings.json")]
pub struct ValidateArgs {
    #[command(flatten)]
    pub specs: SpecArgs,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(super) fn run(_args: &ValidateArgs, _context: &Context) -> Result<Exit, Error> {
    Err(super::not_connected("validate"))
}

/// Shows that a spec has no errors.
pub fn finish(validated: &Validated, context: &Context) -> Result<Exit, Error> {
    context.write(validated)?;
    Ok(Exit::Done)
}
