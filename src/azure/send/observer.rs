//! News of the client's requests and waits, so that a terminal can show why nothing seems to happen.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use super::kind::RequestKind;

/// A wait that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitEvent {
    /// A long-running operation goes on. It is asked again after `wait`.
    Polling {
        /// Path of the resource that is being changed.
        resource: String,
        /// ARM's own word for its state, such as `InProgress`.
        status: Option<String>,
        wait: Duration,
    },
    /// A request is sent again after `wait`: throttled, a server error, a broken connection or a busy resource.
    Retrying {
        /// Path of the request.
        resource: String,
        /// Status, error code or cause, such as `429`.
        reason: String,
        /// Number of tries so far.
        tries: u32,
        wait: Duration,
    },
}

/// One try of a request that has ended.
#[derive(Clone, Copy, Debug)]
pub struct AnsweredRequest<'a> {
    pub method: &'a str,
    /// The path without the query, which can carry a signature.
    pub path: &'a str,
    /// In lower case; `None` for a request to the tenant.
    pub subscription: Option<&'a str>,
    pub kind: RequestKind,
    /// Status of the answer; `None` without one.
    pub status: Option<u16>,
    /// The time at which it was sent.
    pub began: Instant,
    pub took: Duration,
    /// Time that it waited before, for ARM's limits and for other requests.
    pub waited: Duration,
}

/// Receiver of the client's requests and waits. Its functions must not block.
pub trait RequestObserver: Debug + Send + Sync {
    /// Receives a wait before it begins.
    fn notice(&self, event: &WaitEvent);

    /// Receives the news that requests to a subscription, in lower case, wait: ARM refused one, or as many as it takes were
    /// sent.
    fn throttled(&self, _subscription: &str, _wait: Duration) {}

    /// Receives a try of a request once it has ended.
    fn answered(&self, _: &AnsweredRequest<'_>) {}
}

/// Observer that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl RequestObserver for NoObserver {
    fn notice(&self, _: &WaitEvent) {}
}
