//! When to send a request again: the pipeline's own retry is off, because it has no deadline.
//!
//! `azure_core` 1.1 waits as long as `Retry-After` says, and retries connection and certificate errors for
//! more than a minute. Here a wait that would end after the operation's deadline is not begun, broken connections get
//! three tries in all, and a certificate that is not trusted gets one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use tokio::time::Instant;

use super::observer::{Event, Observer};
use crate::azure::connect::transport::causes;
use crate::azure::sign_in::SignIn;

/// Tries in all where no answer came.
pub(crate) const TRANSPORT_TRIES: u32 = 3;
/// Tries in all where the answer was "later".
pub(crate) const STATUS_TRIES: u32 = 10;
/// The longest wait of our own choosing.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The end of the operation that a request belongs to, carried in the pipeline's context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Instant);

/// Whether an earlier try of a write may have been processed although its answer did not say so. What the service
/// answers to a later try then says nothing about the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// On a request that is sent once, because only its sender knows what to send after a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Once;

/// The retry policy. It stands outside the one that adds the token, so each try has a valid one.
#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) observer: Arc<dyn Observer>,
    /// The first wait where the answer does not name one; doubled each time.
    pub(crate) backoff: Duration,
    /// Who gets a new token where ARM does not take the one at hand any more.
    pub(crate) sign_in: Option<Arc<SignIn>>,
}

/// What one try came to.
#[derive(Debug)]
struct Outcome {
    reason: String,
    /// Tries in all.
    tries: u32,
    /// The wait that the answer asks for.
    asked: Option<Duration>,
}

#[async_trait]
impl Policy for Retry {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let deadline = ctx.value::<Deadline>().map(|deadline| deadline.0);
        let mut tries = 0;
        let mut renewed = false;
        loop {
            let result = next[0].send(ctx, request, &next[1..]).await;
            if ctx.value::<Once>().is_some() {
                return result;
            }
            if let (Some(sign_in), true, false) = (&self.sign_in, is_unauthorized(&result), renewed) {
                // A 401 is no answer to what was asked, so nothing was processed.
                sign_in.renew()?;
                renewed = true;
                continue;
            }
            tries += 1;
            let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
            let Some((wait, reason)) = self.decide(&result, tries, left) else {
                return result;
            };
            if let Some(doubt) = ctx.value::<Doubt>().filter(|_| may_be_processed(&result)) {
                doubt.raise();
            }
            self.observer.notice(&Event::Retrying {
                resource: request.url().path().to_owned(),
                reason,
                tries,
                wait,
            });
            tokio::time::sleep(wait).await;
        }
    }
}

impl Retry {
    /// The wait before the next try and its reason; `None` when there is to be none.
    fn decide(
        &self,
        result: &PolicyResult,
        tries: u32,
        left: Option<Duration>,
    ) -> Option<(Duration, String)> {
        let outcome = outcome(result)?;
        if tries >= outcome.tries {
            return None;
        }
        let wait = outcome.asked.unwrap_or_else(|| backoff(self.backoff, tries));
        (left.is_none_or(|left| wait < left)).then_some((wait, outcome.reason))
    }
}

/// The wait after `tries` tries.
pub(crate) fn backoff(first: Duration, tries: u32) -> Duration {
    first
        .saturating_mul(1 << tries.saturating_sub(1).min(16))
        .min(LONGEST_BACKOFF)
}

fn is_unauthorized(result: &PolicyResult) -> bool {
    result
        .as_ref()
        .is_ok_and(|answer| u16::from(answer.status()) == 401)
}

/// Whether an answer means that the same request can work later.
pub(crate) fn means_later(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether a try that is followed by another may have been processed: the answer was lost, or the service failed on
/// its way to one.
fn may_be_processed(result: &PolicyResult) -> bool {
    result
        .as_ref()
        .map_or(true, |answer| u16::from(answer.status()) >= 500)
}

/// What can be mended by another try; `None` for everything else.
fn outcome(result: &PolicyResult) -> Option<Outcome> {
    match result {
        Ok(answer) => {
            let status = u16::from(answer.status());
            means_later(status).then(|| Outcome {
                reason: status.to_string(),
                tries: STATUS_TRIES,
                asked: retry_after(answer.headers()),
            })
        }
        Err(error) => {
            let reason = causes(error);
            let broken = matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection);
            (broken && !reason.contains("certificate")).then_some(Outcome {
                reason,
                tries: TRANSPORT_TRIES,
                asked: None,
            })
        }
    }
}

/// The wait that an answer asks for: milliseconds in Microsoft's headers, seconds or a date in the standard one.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let header = |name| headers.get_optional_str(&HeaderName::from_static(name));
    let millis = header("x-ms-retry-after-ms").or_else(|| header("retry-after-ms"));
    if let Some(millis) = millis.and_then(|text| text.trim().parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = header("retry-after")?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(parse_rfc7231(text).ok()?),
    }
}

/// The time from now until `date`, zero when it has passed.
fn until(date: OffsetDateTime) -> Option<Duration> {
    let left = (date - OffsetDateTime::now_utc()).whole_milliseconds().max(0);
    u64::try_from(left).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::send::observer::Silent;
    use azure_core::error::Error;
    use azure_core::http::{AsyncRawResponse, StatusCode};

    fn answer(status: u16, header: Option<(&'static str, &'static str)>) -> PolicyResult {
        let mut headers = Headers::new();
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(status),
            headers,
            "",
        ))
    }

    fn wait(result: &PolicyResult, tries: u32, left: u64) -> Option<u64> {
        let retry = Retry {
            observer: Arc::new(Silent),
            backoff: Duration::from_secs(1),
            sign_in: None,
        };
        let decided = retry.decide(result, tries, Some(Duration::from_secs(left)));
        decided.map(|(wait, _)| wait.as_secs())
    }

    #[test]
    fn statuses_that_mean_later_are_tried_again_within_the_deadline() {
        let after = |value| Some(("retry-after", value));
        for (status, header, tries, left, expected) in [
            (200, None, 1, 900, None),
            (400, None, 1, 900, None),
            (404, None, 1, 900, None),
            (409, None, 1, 900, None),
            (412, None, 1, 900, None),
            (429, after("17"), 1, 900, Some(17)),
            (429, after("17"), 1, 17, None),
            (429, after("0"), 9, 900, Some(0)),
            (429, after("0"), 10, 900, None),
            (503, None, 1, 900, Some(1)),
            (503, None, 4, 900, Some(8)),
            (503, None, 9, 900, Some(30)),
            (500, after("soon"), 2, 900, Some(2)),
            (503, Some(("x-ms-retry-after-ms", "2000")), 1, 900, Some(2)),
            (503, after("Thu, 01 Jan 1970 00:00:00 GMT"), 1, 900, Some(0)),
        ] {
            assert_eq!(
                wait(&answer(status, header), tries, left),
                expected,
                "{status} {header:?} {tries}"
            );
        }
    }

    #[test]
    fn a_lost_answer_or_a_failing_service_leaves_a_doubt_and_a_wait_does_not() {
        let lost = Err(Error::with_message(ErrorKind::Io, "connection reset"));
        assert!(may_be_processed(&lost));
        for (status, doubt) in [(408, false), (429, false), (500, true), (503, true)] {
            assert_eq!(may_be_processed(&answer(status, None)), doubt, "{status}");
        }
    }

    #[test]
    fn broken_connections_get_three_tries_and_bad_certificates_one() {
        let broken = Err(Error::with_message(ErrorKind::Io, "connection reset"));
        assert_eq!(wait(&broken, 1, 900), Some(1));
        assert_eq!(wait(&broken, 3, 900), None);
        let certificate = Err(Error::with_message(
            ErrorKind::Connection,
            "invalid peer certificate: UnknownIssuer",
        ));
        assert_eq!(wait(&certificate, 1, 900), None);
        let credential = Err(Error::with_message(ErrorKind::Credential, "no"));
        assert_eq!(wait(&credential, 1, 900), None);
    }
}
