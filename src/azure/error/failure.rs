//! Turns errors of the client into failures of a report.

use super::ArmError;
use super::advice::advice;
use super::write::WriteError;
use crate::model::{Failure, FailureKind};

impl From<&ArmError> for Failure {
    fn from(error: &ArmError) -> Self {
        Self {
            kind: kind(error),
            code: error.code().to_owned(),
            message: error.to_string(),
            retry_after: error.retry_after(),
            request_id: error.request_id().map(str::to_owned),
            help: advice(error),
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

fn kind(error: &ArmError) -> FailureKind {
    match error {
        ArmError::Setup { .. } => FailureKind::Local,
        ArmError::Auth { .. } => FailureKind::SignIn,
        ArmError::Transport { .. } | ArmError::Timeout { .. } | ArmError::NotSent { .. } => {
            FailureKind::NoAnswer
        }
        ArmError::ForeignLink { .. } | ArmError::Decode { .. } => FailureKind::BadAnswer,
        ArmError::OperationFailed { .. } => FailureKind::Refused,
        ArmError::Service { status, .. } => match status {
            403 => FailureKind::Forbidden,
            404 => FailureKind::NotFound,
            409 => FailureKind::Conflict,
            429 => FailureKind::Throttled,
            500 | 502 | 503 | 504 => FailureKind::Unavailable,
            _ => FailureKind::Refused,
        },
    }
}
