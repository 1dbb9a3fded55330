//! How an error of the client becomes a line of a report.

use super::parse::ViewError;
use super::types::Failure;
use crate::azure::{ArmError, WriteError};
use crate::model::ErrorCode;

impl From<&ArmError> for Failure {
    fn from(error: &ArmError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message(),
            request_id: error.request_id().map(str::to_owned),
            help: error.help(),
        }
    }
}

impl From<ArmError> for Failure {
    fn from(error: ArmError) -> Self {
        Self::from(&error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::from(&error.error)
    }
}

impl Failure {
    /// For an answer to `what` that has another shape than ARM documents.
    pub(super) fn unreadable(what: &str, error: &ViewError) -> Self {
        Self {
            code: ErrorCode::UnreadableAnswer.into(),
            message: format!("cannot read the answer for `{what}`: {error}"),
            request_id: None,
            help: Some(
                "run it again, since nothing rests on such an answer; if it stays so, check `--arm-endpoint`, and if this \
                 is Azure, report the api-version and this message"
                    .to_owned(),
            ),
        }
    }
}
