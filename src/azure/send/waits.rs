//! Waits between tries and between polls: decides if to wait, tells the observer, and sleeps.
//!
//! No wait is shorter than a floor that rises with each one, whatever the answer asks for, and no poll waits longer than
//! [`LONGEST_POLL`]. A wait that would end after the operation's deadline is not begun. Dropping the future of a wait cancels it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::deadline::Deadline;
use super::observer::{RequestObserver, WaitEvent};
use crate::azure::connect::Pace;
use crate::azure::connect::causes::TransportKind;
use crate::azure::error::ArmError;
use crate::azure::sign_in::SignIn;

/// Tries in all if no answer comes.
const NO_ANSWER_TRIES: u32 = 3;

/// Tries in all if the answer is "later".
const LATER_TRIES: u32 = 10;

/// Tries in all if the resource is busy. With the usual waits they take about two minutes.
const BUSY_TRIES: u32 = 8;

/// Looks in all at a resource that does not show an accepted write yet. With the usual waits they take 7.5 s.
const LOOKS: u32 = 5;

/// Longest wait of our own choosing.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Longest wait before a poll. An operation mostly ends long before an exaggerated `Retry-After`.
const LONGEST_POLL: Duration = Duration::from_secs(60);

/// Reason to send a request again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retryable {
    /// The status of the answer means "later". `after` is the wait that the answer asks for.
    Later { status: u16, after: Option<Duration> },
    /// No answer came.
    NoAnswer { cause: String },
    /// Another operation holds the resource.
    Busy { code: String, after: Option<Duration> },
}

impl Retryable {
    /// Judges the status of an answer.
    pub(crate) fn by_status(status: u16, after: Option<Duration>) -> Option<Self> {
        match status {
            408 | 429 | 500 | 502 | 503 | 504 => Some(Self::Later { status, after }),
            _ => None,
        }
    }

    /// Judges an error of a request that the pipeline sent only once.
    pub(crate) fn by_error(error: &ArmError) -> Option<Self> {
        if let Some(busy) = Self::busy(error) {
            return Some(busy);
        }
        match error {
            ArmError::Service { status, .. } => Self::by_status(*status, error.retry_after()),
            ArmError::Transport { kind, .. } if *kind == TransportKind::Certificate => None,
            ArmError::Transport { cause, .. } => Some(Self::NoAnswer { cause: cause.clone() }),
            _ => None,
        }
    }

    /// Returns `Busy` if another operation holds the resource.
    pub(crate) fn busy(error: &ArmError) -> Option<Self> {
        if !error.is_busy() {
            return None;
        }
        Some(Self::Busy {
            code: error.code().to_owned(),
            after: error.retry_after(),
        })
    }

    /// Returns true if the service may have processed the request: the answer was lost, or the service failed on its
    /// way to one.
    pub(crate) fn may_be_processed(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Later { status, .. } => *status >= 500,
            Self::Busy { .. } => false,
        }
    }

    fn tries(&self) -> u32 {
        match self {
            Self::Later { .. } => LATER_TRIES,
            Self::NoAnswer { .. } => NO_ANSWER_TRIES,
            Self::Busy { .. } => BUSY_TRIES,
        }
    }

    /// Returns the wait after `tries` tries: the one that the answer asks for, else one that doubles each time.
    fn wait(&self, tries: u32, pace: Pace) -> Duration {
        let (asked, first) = match self {
            Self::Later { after, .. } => (*after, pace.backoff),
            Self::NoAnswer { .. } => (None, pace.backoff),
            Self::Busy { after, .. } => (*after, pace.poll),
        };
        match asked {
            Some(asked) => asked.max(floor(tries, pace)),
            None => doubled(first, tries).min(LONGEST_BACKOFF),
        }
    }

    /// Names the reason for progress: a status, an error code or a cause.
    fn shown(&self) -> String {
        match self {
            Self::Later { status, .. } => status.to_string(),
            Self::NoAnswer { cause } => cause.clone(),
            Self::Busy { code, .. } => code.clone(),
        }
    }
}

/// Returns `first` doubled with each try after the first one.
fn doubled(first: Duration, tries: u32) -> Duration {
    // The shift is bounded, so that it cannot overflow.
    let doublings = tries.saturating_sub(1).min(16);
    first.saturating_mul(1 << doublings)
}

/// Returns the shortest wait after `tries` tries or polls. It begins low, so that a short operation stays short.
fn floor(tries: u32, pace: Pace) -> Duration {
    doubled(pace.backoff / 4, tries).min(pace.poll)
}

/// Waits of one operation. They count its tries and keep to its deadline.
#[derive(Debug)]
pub struct Waits {
    pub(crate) observer: Arc<dyn RequestObserver>,
    pub(crate) pace: Pace,
    /// Path of the resource, for progress.
    pub(crate) resource: String,
    /// Deadline of the operation. Signing in has none, because it has a limit of its own.
    pub(crate) deadline: Option<Deadline>,
    /// Credential to renew after a 401. Signing in itself has none.
    pub(crate) sign_in: Option<Arc<SignIn>>,
    pub(crate) tries: u32,
    pub(crate) renewed: bool,
}

impl Waits {
    /// Waits until the next try of a request that failed with `error`. Returns false if another try cannot help, or not
    /// in time. A token that ARM refused is renewed once, without a wait.
    pub async fn before_retry(&mut self, error: &ArmError) -> bool {
        // A 401 is not an answer to the request itself.
        if error.status() == Some(401) && self.renew_token().unwrap_or(false) {
            return true;
        }
        match Retryable::by_error(error) {
            Some(why) => self.again(&why).await,
            None => false,
        }
    }

    /// Returns true if another try can help after `error`, unless there were too many.
    pub fn can_help(error: &ArmError) -> bool {
        error.status() == Some(401) || Retryable::by_error(error).is_some()
    }

    /// Forgets a token that ARM does not accept. Returns true the first time, when the request is worth another try.
    pub(crate) fn renew_token(&mut self) -> azure_core::Result<bool> {
        let Some(sign_in) = self.sign_in.as_ref().filter(|_| !self.renewed) else {
            return Ok(false);
        };
        // A token that is refused again is not worth another one.
        self.renewed = true;
        sign_in.renew()?;
        Ok(true)
    }

    /// Counts a try that ended with `why` and waits until the next. Returns false if there is to be none.
    pub(crate) async fn again(&mut self, why: &Retryable) -> bool {
        let Some(wait) = self.next_wait(why) else {
            return false;
        };
        self.sleep(&WaitEvent::Retrying {
            resource: self.resource.clone(),
            reason: why.shown(),
            tries: self.tries,
            wait,
        })
        .await;
        true
    }

    /// Counts a try and returns the wait until the next, or `None` if there is to be none.
    fn next_wait(&mut self, why: &Retryable) -> Option<Duration> {
        self.tries += 1;
        let wait = why.wait(self.tries, self.pace);
        // A wait past the deadline would only delay the error.
        if self.tries >= why.tries() || !self.allows(wait) {
            return None;
        }
        Some(wait)
    }

    /// Waits before the next poll of an operation: as long as the answer asks, else the usual time. Returns false if
    /// the wait would not end in time.
    pub(crate) async fn before_poll(&mut self, status: Option<String>, asked: Option<Duration>) -> bool {
        let wait = self.next_poll(asked);
        if !self.allows(wait) {
            return false;
        }
        self.sleep(&WaitEvent::Polling {
            resource: self.resource.clone(),
            status,
            wait,
        })
        .await;
        true
    }

    /// Counts a poll and returns the wait before it.
    fn next_poll(&mut self, asked: Option<Duration>) -> Duration {
        self.tries = self.tries.saturating_add(1);
        let asked = asked.unwrap_or(self.pace.poll).min(LONGEST_POLL);
        asked.max(floor(self.tries, self.pace))
    }

    /// Counts a look at a resource that does not show an accepted write yet, and waits until the next. Returns false after
    /// the last look, or if the wait would not end in time.
    pub(crate) async fn before_look(&mut self) -> bool {
        self.tries = self.tries.saturating_add(1);
        let wait = doubled(self.pace.backoff, self.tries);
        if self.tries >= LOOKS || !self.allows(wait) {
            return false;
        }
        self.sleep(&WaitEvent::Polling {
            resource: self.resource.clone(),
            status: None,
            wait,
        })
        .await;
        true
    }

    /// Returns true if a wait would end in time.
    fn allows(&self, wait: Duration) -> bool {
        match &self.deadline {
            Some(deadline) => wait < deadline.end().saturating_duration_since(Instant::now()),
            None => true,
        }
    }

    async fn sleep(&self, event: &WaitEvent) {
        let (WaitEvent::Polling { wait, .. } | WaitEvent::Retrying { wait, .. }) = event;
        self.observer.notice(event);
        tokio::time::sleep(*wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::ErrorBody;
    use crate::azure::send::observer::NoObserver;

    #[test]
    fn errors_that_time_can_mend_are_retried() {
        let service = |status, code: &str| ArmError::Service {
            call: String::new(),
            status,
            body: Box::new(ErrorBody::bare(code, "m")),
            retry_after: None,
            ids: Arc::default(),
        };
        let transport = |kind| ArmError::Transport {
            call: String::new(),
            kind,
            cause: "some text".to_owned(),
            ids: Arc::default(),
        };
        for (error, tries) in [
            (service(409, "RegistryStatusConflict"), Some(BUSY_TRIES)),
            (service(409, "ScopeLocked"), None),
            (service(429, "TooManyRequests"), Some(LATER_TRIES)),
            (service(503, "ServiceUnavailable"), Some(LATER_TRIES)),
            (service(403, "AuthorizationFailed"), None),
            (service(400, "NetworkRuleValidationError"), None),
            (transport(TransportKind::Broken), Some(NO_ANSWER_TRIES)),
            (transport(TransportKind::Certificate), None),
        ] {
            let found = Retryable::by_error(&error).map(|why| why.tries());
            assert_eq!(found, tries, "{error:?}");
        }
    }

    #[test]
    fn only_lost_answers_and_failing_services_may_have_processed_a_write() {
        let lost = Retryable::NoAnswer {
            cause: "connection reset".into(),
        };
        assert!(lost.may_be_processed());
        for (status, may_be) in [(408, false), (429, false), (500, true), (503, true)] {
            let why = Retryable::by_status(status, None).unwrap();
            assert_eq!(why.may_be_processed(), may_be, "{status}");
        }
    }

    /// Makes waits after `tries` tries with `left` seconds until the deadline.
    fn waits(pace: Pace, tries: u32, left: u64) -> Waits {
        Waits {
            observer: Arc::new(NoObserver),
            pace,
            resource: String::new(),
            deadline: Some(Deadline::after(Duration::from_secs(left))),
            sign_in: None,
            tries,
            renewed: false,
        }
    }

    /// Returns the seconds to wait after `tries` tries with `left` seconds until the deadline.
    fn wait(why: &Retryable, tries: u32, left: u64) -> Option<u64> {
        let pace = Pace {
            poll: Duration::from_secs(1),
            backoff: Duration::from_secs(1),
        };
        waits(pace, tries - 1, left)
            .next_wait(why)
            .map(|wait| wait.as_secs())
    }

    #[test]
    fn waits_double_and_keep_to_the_deadline() {
        for (status, after, tries, left, expected) in [
            (429, Some(17), 1, 900, Some(17)),
            (429, Some(17), 1, 17, None),
            (429, Some(0), 9, 900, Some(1)),
            (429, Some(0), 10, 900, None),
            (503, None, 1, 900, Some(1)),
            (503, None, 4, 900, Some(8)),
            (503, None, 9, 900, Some(30)),
        ] {
            let why = Retryable::by_status(status, after.map(Duration::from_secs)).unwrap();
            assert_eq!(wait(&why, tries, left), expected, "{status} {after:?} {tries}");
        }
    }

    #[test]
    fn polls_keep_to_a_floor_and_a_ceiling() {
        let mut waits = waits(Pace::default(), 0, 900);
        let mut all = Duration::ZERO;
        for _ in 0..20 {
            all += waits.next_poll(Some(Duration::ZERO));
        }
        assert!(all > 10 * Pace::default().poll, "{all:?}");
        assert_eq!(waits.next_poll(Some(Duration::MAX)), LONGEST_POLL);
        assert_eq!(waits.next_poll(None), Pace::default().poll);
    }

    #[test]
    fn broken_connections_get_three_tries() {
        let broken = Retryable::NoAnswer {
            cause: "connection reset".into(),
        };
        assert_eq!(wait(&broken, 1, 900), Some(1));
        assert_eq!(wait(&broken, 2, 900), Some(2));
        assert_eq!(wait(&broken, 3, 900), None);
    }
}
