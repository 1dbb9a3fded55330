//! The retry policy of the pipeline. The pipeline's own retry is off, because it has no deadline.
//!
//! `azure_core` 1.1 waits as long as `Retry-After` says, and retries connection and certificate errors for
//! more than a minute. Here a wait that would end after the operation's deadline is not begun, broken connections get
//! three tries in all, and a certificate that is not trusted gets one.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};

use super::deadline::Deadline;
use super::observer::RequestObserver;
use super::request::SingleAttempt;
use super::response::retry_after;
use super::stop::{Stop, Stopped};
use super::waits::{Retryable, Waits};
use crate::azure::connect::Pace;
use crate::azure::connect::causes::{TransportKind, causes};
use crate::azure::error::write::MaybeProcessed;
use crate::azure::sign_in::SignIn;

/// Sends a request again after a wait. It stands outside the policy that adds the token, so each try has a valid one.
#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) observer: Arc<dyn RequestObserver>,
    pub(crate) pace: Pace,
    /// Credential to renew after a 401. The credential's own pipeline has none.
    pub(crate) sign_in: Option<Arc<SignIn>>,
}

#[async_trait]
impl Policy for Retry {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if ctx.value::<SingleAttempt>().is_some() {
            return next[0].send(ctx, request, &next[1..]).await;
        }
        let mut waits = self.waits(ctx, request);
        let stop = ctx.value::<Stop>().cloned().unwrap_or_default();
        loop {
            let result = next[0].send(ctx, request, &next[1..]).await;
            // A 401 does not answer the request itself, so nothing was processed.
            if is_unauthorized(&result) && waits.renew_token()? {
                continue;
            }
            let Some(why) = retryable(&result) else {
                return result;
            };
            if why.may_be_processed()
                && let Some(mark) = ctx.value::<MaybeProcessed>()
            {
                mark.set();
            }
            // A wait is not a step: no write may begin any more.
            match stop.unless_stopped(waits.again(&why)).await {
                Some(true) => {}
                // The service refused each try, so the interruption is why nothing is written.
                None if is_unprocessed(ctx) => return Err(Stopped.into()),
                Some(false) | None => return result,
            }
        }
    }
}

impl Retry {
    fn waits(&self, ctx: &Context, request: &Request) -> Waits {
        Waits {
            observer: self.observer.clone(),
            pace: self.pace,
            resource: request.url().path().to_owned(),
            deadline: ctx.value::<Deadline>().cloned(),
            sign_in: self.sign_in.clone(),
            tries: 0,
            renewed: false,
        }
    }
}

/// Returns true if no try of a write may have been processed.
fn is_unprocessed(ctx: &Context) -> bool {
    let mark = ctx.value::<MaybeProcessed>();
    mark.is_some_and(|mark| !mark.is_set())
}

fn is_unauthorized(result: &PolicyResult) -> bool {
    matches!(result, Ok(answer) if u16::from(answer.status()) == 401)
}

/// Judges one try. Returns `None` if another one cannot help.
fn retryable(result: &PolicyResult) -> Option<Retryable> {
    let error = match result {
        Ok(answer) => {
            let status = u16::from(answer.status());
            return Retryable::by_status(status, retry_after(answer.headers()));
        }
        Err(error) => error,
    };
    // Errors of other kinds come from signing in or from reading the answer.
    if !matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection)
        || TransportKind::of(error) == Some(TransportKind::Certificate)
    {
        return None;
    }
    Some(Retryable::NoAnswer { cause: causes(error) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_core::error::Error;
    use azure_core::http::headers::Headers;
    use azure_core::http::{AsyncRawResponse, StatusCode};

    use super::*;

    #[test]
    fn statuses_that_mean_later_are_retried() {
        let later = |status, after: Option<u64>| {
            Some(Retryable::Later {
                status,
                after: after.map(Duration::from_secs),
            })
        };
        for (status, header, expected) in [
            (200, None, None),
            (400, None, None),
            (404, None, None),
            (409, None, None),
            (412, None, None),
            (429, Some("17"), later(429, Some(17))),
            (503, None, later(503, None)),
            (500, Some("soon"), later(500, None)),
            (503, Some("Thu, 01 Jan 1970 00:00:00 GMT"), later(503, Some(0))),
        ] {
            let mut headers = Headers::new();
            if let Some(value) = header {
                headers.insert("retry-after", value);
            }
            let answer = AsyncRawResponse::from_bytes(StatusCode::from(status), headers, "");
            assert_eq!(retryable(&Ok(answer)), expected, "{status} {header:?}");
        }
    }

    #[test]
    fn untrusted_certificates_and_sign_in_errors_are_not_retried() {
        let broken = Error::with_message(ErrorKind::Io, "connection reset");
        assert!(retryable(&Err(broken)).is_some());
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let untrusted = std::io::Error::other(untrusted);
        let certificate = Error::with_error(ErrorKind::Connection, untrusted, "failed");
        assert_eq!(retryable(&Err(certificate)), None);
        let credential = Error::with_message(ErrorKind::Credential, "no");
        assert_eq!(retryable(&Err(credential)), None);
    }
}
