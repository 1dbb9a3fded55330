//! The commands that give access for a while.

mod close;
mod open;
mod with_access;

pub(crate) use close::CloseArgs;
pub(crate) use open::OpenArgs;
pub(crate) use with_access::WithAccessArgs;

use crate::cli::io::context::Context;
use crate::error::Error;
use crate::lease::AccessReport;
use crate::run::NotClosed;

/// Tells people on stderr what was opened or closed. What is not as it was before is an error, which is told in any case.
fn tell(context: &Context, report: &AccessReport) {
    if !context.globals.quiet {
        context.comment(report);
        return;
    }
    for registry in &report.registries {
        for failure in registry.altered.iter().chain(&registry.not_brought_back) {
            context.complain(&Error::Failed(failure.clone()));
        }
    }
}

/// Tells people on stderr what is still open, and what else is not as it was before.
fn tell_not_closed(context: &Context, left: NotClosed) {
    for failure in left.altered {
        context.complain(&Error::Failed(failure));
    }
    context.complain(&Error::Failed(*left.failure));
}
