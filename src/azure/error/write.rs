//! Errors of writes, which must say if something may have been written.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ArmError;

/// Mark on a write: an earlier try may have been processed although its answer did not say so. What the service answers
/// to a later try then says nothing about the first. Clones share the mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct MaybeProcessed(Arc<AtomicBool>);

impl MaybeProcessed {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Error of a write, with the answer to one more question: may Azure have taken it all the same?
#[derive(Debug)]
pub struct WriteError {
    pub error: ArmError,
    /// False only if the service refused the request itself at every try, or if it was never sent. A write that was
    /// accepted and whose operation then failed, hung or could not be followed may well be in place. So may one whose
    /// first answer was lost, whatever the second try was told.
    pub accepted: bool,
}

impl WriteError {
    /// Wraps an error of the request itself.
    pub(crate) fn of_request(error: ArmError, earlier: &MaybeProcessed) -> Self {
        // Nothing was sent, or the service refused before it did anything.
        let certain = match &error {
            ArmError::Setup { .. } | ArmError::Auth { .. } | ArmError::NotSent { .. } => true,
            // 501 is the answer of a service that does not know what was asked (RFC 9110).
            ArmError::Service { status, .. } => *status < 500 || *status == 501,
            _ => false,
        };
        Self {
            accepted: !certain || earlier.is_set(),
            error,
        }
    }

    /// Returns true if the service may still make the change: the time was over before it said how the write ended.
    pub fn is_open(&self) -> bool {
        matches!(self.error, ArmError::Timeout { .. })
    }

    /// Returns true unless the service said that its operation has ended.
    pub(crate) fn may_go_on(&self) -> bool {
        !matches!(self.error, ArmError::OperationFailed { .. })
    }

    /// Wraps an error after the service has accepted the request.
    pub(crate) fn after_request(error: ArmError) -> Self {
        Self {
            error,
            accepted: true,
        }
    }
}

impl Deref for WriteError {
    type Target = ArmError;

    fn deref(&self) -> &ArmError {
        &self.error
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
