//! Time limits of reads of Azure.

use std::time::Duration;

use crate::model::{ErrorCode, Failure, FailureKind};
use crate::probe::Probes;

/// Longest time of reading one thing around the registry.
pub(super) const LONGEST: Duration = Duration::from_secs(11);

/// Waits for a read. One that takes too long is a failure.
pub(super) async fn within<T, E>(
    probes: &Probes,
    read: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    match probes.wait(LONGEST, read).await {
        Some(read) => Ok(read?),
        None => Err(too_slow()),
    }
}

/// Returns the failure of a read that took too long.
pub(super) fn too_slow() -> Failure {
    let message = "Azure did not answer in time".to_owned();
    Failure {
        kind: FailureKind::NoAnswer,
        ..Failure::new(ErrorCode::Timeout, message)
    }
}
