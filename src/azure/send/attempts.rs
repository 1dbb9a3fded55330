//! Tries of a write that its caller makes anew each time, because what it says rests on a read.

use std::time::Duration;

use tokio::time::Instant;

use super::client::{A_YEAR, ArmClient};
use super::observer::Event;
use super::retry::{STATUS_TRIES, TRANSPORT_TRIES, backoff, means_later};
use crate::azure::error::ArmError;
use crate::azure::operation::follow::BUSY_TRIES;

/// The tries of one change. A registry has no etag, so a PATCH that is simply sent again after a wait would overwrite
/// what somebody else wrote in that time: whoever sends it reads again first.
#[derive(Debug)]
pub struct Attempts<'a> {
    client: &'a ArmClient,
    /// The path of the request, for progress.
    resource: String,
    end: Instant,
    tries: u32,
    /// Whether a new token was got.
    renewed: bool,
}

impl ArmClient {
    /// Begins a change: its clock runs from here.
    pub fn attempts(&self, resource: &str) -> Attempts<'_> {
        Attempts {
            client: self,
            resource: resource.to_owned(),
            end: Instant::now() + self.inner.deadline.min(A_YEAR),
            tries: 0,
            renewed: false,
        }
    }
}

impl Attempts<'_> {
    /// Waits until the next try; `false` where another try cannot help, or not in time.
    pub async fn wait(&mut self, error: &ArmError) -> bool {
        if error.status() == Some(401) && !self.renewed {
            self.renewed = true;
            return self.client.inner.sign_in.renew().is_ok();
        }
        self.tries += 1;
        let pace = self.client.inner.pace;
        let Some((most, first)) = most(error, pace.poll, pace.backoff) else {
            return false;
        };
        let wait = error.retry_after().unwrap_or_else(|| backoff(first, self.tries));
        if self.tries >= most || wait >= self.end.saturating_duration_since(Instant::now()) {
            return false;
        }
        self.client.inner.observer.notice(&Event::Retrying {
            resource: self.resource.clone(),
            reason: error
                .status()
                .map_or_else(|| error.code().to_owned(), |status| status.to_string()),
            tries: self.tries,
            wait,
        });
        tokio::time::sleep(wait).await;
        true
    }
}

/// The most tries in all, and the first wait where the answer names none; `None` where another try cannot help.
fn most(error: &ArmError, poll: Duration, pause: Duration) -> Option<(u32, Duration)> {
    match error {
        _ if error.is_busy() => Some((BUSY_TRIES, poll)),
        ArmError::Service { status, .. } if means_later(*status) => Some((STATUS_TRIES, pause)),
        ArmError::Transport { cause, .. } if !cause.contains("certificate") => {
            Some((TRANSPORT_TRIES, pause))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::Fault;

    #[test]
    fn what_time_can_mend_is_tried_again() {
        let service = |status, code: &str| ArmError::Service {
            call: String::new(),
            status,
            fault: Box::new(Fault::bare(code, "m")),
            retry_after: None,
            ids: Arc::default(),
        };
        let transport = |cause: &str| ArmError::Transport {
            call: String::new(),
            cause: cause.to_owned(),
            ids: Arc::default(),
        };
        let rows = [
            (service(409, "RegistryStatusConflict"), Some(BUSY_TRIES)),
            (service(409, "ScopeLocked"), None),
            (service(429, "TooManyRequests"), Some(STATUS_TRIES)),
            (service(503, "ServiceUnavailable"), Some(STATUS_TRIES)),
            (service(403, "AuthorizationFailed"), None),
            (service(400, "NetworkRuleValidationError"), None),
            (transport("connection reset"), Some(TRANSPORT_TRIES)),
            (transport("invalid peer certificate"), None),
        ];
        for (error, tries) in rows {
            let most = most(&error, Duration::ZERO, Duration::ZERO);
            assert_eq!(most.map(|(tries, _)| tries), tries, "{error}");
        }
    }
}
