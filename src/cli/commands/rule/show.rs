//! The result of a command that changes rules.

use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::render::RuleResult;
use crate::run::RuleAnswer;

/// Shows what a change did: the registry in the form of `az`, and the report for people.
pub(super) fn show(answer: &RuleAnswer, context: &Context) -> Result<Exit, Error> {
    let result = RuleResult {
        report: &answer.applied.report,
        registry: answer.registry.as_ref(),
    };
    let written = answer.applied.report.summary.written;
    let shown = match written {
        true => context.write_to_readers(&result),
        false => context.write(&result),
    };
    // A program reads stdout, so people read the report on stderr. Without the registry, something is wrong. A result that
    // is lost is told by the exit.
    if shown.is_ok() || !written {
        context.remark(&result, answer.registry.is_none());
    }
    answer.applied.exit(shown, context)
}
