//! `ringfence open`

use clap::Args;

use super::{tell, tell_not_closed};
use crate::cli::args::access::AccessArgs;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::TemporaryAccess;

/// Open a registry for this machine until `close`, and wait until it gets in
///
/// Adds the address that the registry sees as a rule, and a lease with its end as a tag. `close` takes both out again. If
/// the machine gets in already, nothing is written. Where the command fails, it closes what it opened, also if only its result
/// cannot be written.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence open contoso --lease \"$GITHUB_RUN_ID\"
  ringfence close contoso --lease \"$GITHUB_RUN_ID\"
  ringfence open contoso --max-time 20m -o json=access.json")]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = Format::ANSWER;

impl Command for OpenArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.access.request();
        let options = self.access.options(context.globals.run_options());
        let mut access = TemporaryAccess::begin(&request, &options, context)?;
        let opened = access.open().and_then(|report| {
            match access.has_lease() {
                // Who does not know of the lease cannot close it.
                true => context.write_to_readers(&report)?,
                false => context.write(&report)?,
            }
            Ok(match report.is_altered() {
                true => Exit::Partial,
                false => Exit::Done,
            })
        });
        let error = match opened {
            Ok(exit) => return Ok(access.interrupted().unwrap_or(exit)),
            Err(error) => error,
        };
        // The name of the lease may be lost with the command that failed, or with its result.
        let closed = access.close();
        let exit = context.fail(&error);
        match closed {
            Ok(report) => {
                if access.has_lease() {
                    tell(context, &report);
                }
                let exit = match report.is_altered() {
                    true => Exit::Partial,
                    false => exit,
                };
                Ok(access.interrupted().unwrap_or(exit))
            }
            Err(left) => {
                tell_not_closed(context, left);
                Ok(Exit::Partial)
            }
        }
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
