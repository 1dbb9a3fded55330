//! The moment after which no write begins any more, and the reason why a request was not sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::error::ErrorKind;
use tokio_util::sync::CancellationToken;

/// A moment after which no write begins any more, such as an interruption. A write on its way goes on. Clones are one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Option<CancellationToken>);

impl Stop {
    /// Returns the moment at which a token is cancelled.
    pub(crate) fn at(token: CancellationToken) -> Self {
        Self(Some(token))
    }

    /// Waits for `work`. Returns `None` if the moment comes first, or has come.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let Some(token) = &self.0 else {
            return Some(work.await);
        };
        tokio::select! {
            biased;
            () = token.cancelled() => None,
            ended = work => Some(ended),
        }
    }
}

/// Mark of a request that was sent, at least once. Clones share the mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentMark(Arc<AtomicBool>);

impl SentMark {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The error of a write that a [`Stop`] has kept from being sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run was interrupted")
    }
}

impl std::error::Error for Stopped {}

impl From<Stopped> for azure_core::Error {
    fn from(stopped: Stopped) -> Self {
        Self::new(ErrorKind::Other, stopped)
    }
}

impl Stopped {
    /// Returns true if this error stopped a request.
    pub(crate) fn is_cause_of(error: &azure_core::Error) -> bool {
        let source = std::error::Error::source(error);
        source.is_some_and(|source| source.is::<Self>())
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::FutureExt;

    use super::*;

    #[test]
    fn stop_ends_work_in_hand_and_lets_none_begin() {
        let token = CancellationToken::new();
        let stop = Stop::at(token.clone());
        assert_eq!(stop.unless_stopped(ready(1)).now_or_never(), Some(Some(1)));
        let mut waiting = Box::pin(stop.unless_stopped(pending::<i32>()));
        assert_eq!((&mut waiting).now_or_never(), None);
        token.cancel();
        assert_eq!(waiting.now_or_never(), Some(None));
        assert_eq!(stop.unless_stopped(ready(1)).now_or_never(), Some(None));
        assert_eq!(
            Stop::default().unless_stopped(ready(1)).now_or_never(),
            Some(Some(1))
        );
    }
}
