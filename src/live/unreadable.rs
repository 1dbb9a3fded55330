//! The failure for an answer that cannot be read.

use super::parse::json_node::UnexpectedJson;
use crate::model::{ErrorCode, Failure, FailureKind};

/// Makes the failure for an answer about `what` that has another shape than ARM documents.
pub(crate) fn unreadable(what: &str, error: &UnexpectedJson) -> Failure {
    let message = format!("cannot read the answer for `{what}`: {error}");
    Failure {
        kind: FailureKind::BadAnswer,
        ..Failure::new(ErrorCode::UnreadableAnswer, message)
    }
    .with_help(
        "run the command again; if the answer stays unreadable, check `--arm-endpoint`, and if this is Azure, report \
         the api-version and this message",
    )
}
