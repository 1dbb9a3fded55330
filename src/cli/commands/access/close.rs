//! `ringfence close`

use clap::Args;

use crate::cli::args::access::RegistryOperand;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::values::lease_name;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::lease::{AccessOutcome, LeaseName};
use crate::run::{self, CloseError, CloseRequest};

/// Close what `open` or a killed `with-access` has opened
///
/// Takes out the lease and its rule, unless another job holds the same address, and disables public access again if the lease
/// enabled it. A lease that is not there is closed. A registry that is not there, or is being deleted, counts as closed. A
/// lease whose tag someone has damaged is named and stays, and the command ends with 1: which rules are its own is not known.
/// Where the close does not come to its end, it says what is still open; if something was written, it ends with 4.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(group(clap::ArgGroup::new("which").required(true)))]
#[command(after_help = "Examples:
  ringfence close contoso --lease \"$GITHUB_RUN_ID\"
  ringfence close contoso --expired    # on a schedule: what killed jobs left")]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    registry: RegistryOperand,
    /// Close this lease
    #[arg(long, value_name = "NAME", value_parser = lease_name, value_hint = clap::ValueHint::Other, group = "which")]
    lease: Option<LeaseName>,
    /// Close every lease whose time is over
    #[arg(long, group = "which")]
    expired: bool,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = Format::ANSWER;

impl Command for CloseArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = CloseRequest {
            registry: self.registry.registry.clone(),
            named: self.registry.named(),
            // Without `--expired`, the parser asks for a lease.
            lease: self.lease.clone().filter(|_| !self.expired),
        };
        let report = match run::close_leases(&request, &context.globals.run_options(), context) {
            Ok(report) => report,
            Err(CloseError::NotBegun(error)) => return Err(error),
            Err(CloseError::NotClosed(left)) => {
                for failure in left.altered {
                    context.complain(&Error::Failed(failure));
                }
                let exit = context.fail(&Error::Failed(*left.failure));
                return Ok(if left.written { Exit::Partial } else { exit });
            }
        };
        let (mut written, mut unreadable) = (false, false);
        for registry in &report.registries {
            written |= registry.outcome == AccessOutcome::Closed;
            unreadable |= !registry.unreadable.is_empty();
        }
        let exit = context.write_after(&report, written)?;
        // What the job opened may still be open.
        Ok(match (unreadable, exit.code()) {
            (true, _) => Exit::Failed,
            (false, 0) if report.is_altered() => Exit::Partial,
            _ => exit,
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
