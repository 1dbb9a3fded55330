//! `ringfence with-access`

use std::ffi::OsString;

use clap::Args;

use super::{tell, tell_not_closed};
use crate::cli::args::access::AccessArgs;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::child::{self, EndSignals};
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{TemporaryAccess, start_runtime};

/// Run a command with access to a registry, and close it again
///
/// Adds the address that the registry sees as a rule, waits until the registry admits this machine, runs CMD, and closes
/// again, whatever happens. If the machine gets in already, nothing is written. Signals are passed on to CMD, and its exit code
/// is kept. Stdout belongs to CMD.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence with-access contoso -- docker push contoso.azurecr.io/app:1
  ringfence with-access contoso --max-time 20m -- ./publish.sh
  # a private registry: public access is enabled for this machine alone
  ringfence with-access contoso --allow-public-access -- ./publish.sh")]
pub(crate) struct WithAccessArgs {
    #[command(flatten)]
    access: AccessArgs,
    /// Command to run, with its arguments
    #[arg(last = true, value_name = "CMD", required = true)]
    command: Vec<OsString>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result, which goes into files only.
const FORMATS: &[Format] = Format::ANSWER;

impl Command for WithAccessArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.access.request();
        let options = self.access.options(context.globals.run_options());
        let runtime = start_runtime()?;
        // Listen before anything is open, so that no signal ends this process before it is closed.
        let listening = runtime.block_on(async { EndSignals::listen() });
        let mut signals = listening.map_err(|source| Error::System {
            action: "listen for signals",
            source,
        })?;
        let mut access = TemporaryAccess::begin(&request, &options, context)?;
        let (mut altered, mut has_opened) = (false, false);
        let ran = match access.open() {
            Ok(report) => {
                tell(context, &report);
                altered = report.is_altered();
                has_opened = true;
                runtime.block_on(self.run_command(&mut signals, &access))
            }
            Err(error) => Err(error),
        };
        // Close first, and report what went wrong after it.
        let closed = access.close();
        let exit = match ran {
            Ok(exit) => exit,
            Err(error) => {
                let exit = context.fail(&error);
                access.interrupted().unwrap_or(exit)
            }
        };
        match closed {
            Ok(report) => {
                if access.has_lease() {
                    tell(context, &report);
                }
                altered |= report.is_altered();
                let result = context.write(&report);
                let exit = after_result(exit, result, access.has_lease(), context);
                Ok(match (altered, exit.code()) {
                    (true, 0) => Exit::Partial,
                    // Only a command that ran, or a signal, has an exit code to keep.
                    (true, _) if !has_opened && access.interrupted().is_none() => Exit::Partial,
                    _ => exit,
                })
            }
            Err(left) => {
                tell_not_closed(context, left);
                // Only a command that ran has an exit code to keep.
                Ok(match exit.code() {
                    0 => Exit::Partial,
                    _ if !has_opened => Exit::Partial,
                    _ => exit,
                })
            }
        }
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn gives_stdout_away(&self) -> bool {
        true
    }
}

impl WithAccessArgs {
    /// Runs the command, for no longer than its access lasts.
    async fn run_command(
        &self,
        signals: &mut EndSignals,
        access: &TemporaryAccess<'_>,
    ) -> Result<Exit, Error> {
        // A terminal has sent the signal to a command that was not there yet.
        if let Some(exit) = access.interrupted() {
            return Ok(exit);
        }
        let Some((program, words)) = self.command.split_first() else {
            return Ok(Exit::Done);
        };
        child::run_for(program, words, signals, access.time_left()).await
    }
}

/// Returns the exit of the command, also if the result cannot be written. A command that succeeded has none to keep then:
/// the exit is that of every command that wrote something and lost its result.
fn after_result(exit: Exit, result: Result<(), Error>, has_written: bool, context: &Context) -> Exit {
    let Err(error) = result else {
        return exit;
    };
    context.complain(&error);
    match (exit.code(), has_written) {
        (0, true) => Exit::Partial,
        (0, false) => error.exit(),
        _ => exit,
    }
}
