//! What helps where Azure does not answer. No read of the doctor waits long, so more patience is no advice.

use crate::model::{ErrorCode, Failure, FailureKind};

/// Replaces the help of a failure of Azure that time can mend.
pub(super) fn told(failure: Failure) -> Failure {
    let help = match (failure.kind, failure.retry_after) {
        (FailureKind::Throttled, Some(wait)) => {
            format!("Azure Resource Manager asks to wait {}s; run again after that", wait.as_secs())
        }
        (FailureKind::Throttled, None) => {
            "Azure Resource Manager limits the rate of requests; run again a little later".to_owned()
        }
        (FailureKind::NoAnswer, _) if failure.code == ErrorCode::Timeout.to_string() => {
            "run again in some minutes; if it is slow again, check the way to Azure Resource Manager, `HTTPS_PROXY` and \
             `NO_PROXY`"
                .to_owned()
        }
        _ => return failure,
    };
    failure.with_help(help)
}
