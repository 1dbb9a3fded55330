//! Errors of writes, which must say whether something may have been written.

use std::fmt;
use std::ops::Deref;

use super::ArmError;
use crate::azure::send::retry::Doubt;

/// Why a write did not end well, and whether Azure may have taken it all the same.
#[derive(Debug)]
pub struct WriteError {
    pub error: ArmError,
    /// False only where the service refused the request itself at every try, or where it was never sent. A write that
    /// was taken and whose operation then failed, hung or could not be followed may well be in place; so may one whose
    /// first answer was lost, whatever the second try was told.
    pub accepted: bool,
}

impl WriteError {
    /// An error of the request itself, after tries of which one may have been processed.
    pub(crate) fn of_request(error: ArmError, doubt: &Doubt) -> Self {
        let refused = error.status().is_some_and(|status| status < 500);
        let unsent = matches!(error, ArmError::Setup { .. } | ArmError::Auth { .. });
        Self {
            accepted: doubt.is_raised() || (!refused && !unsent),
            error,
        }
    }

    /// An error after the service has taken the request.
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
