//! Progress of the client's waits, so that a terminal can show why nothing seems to happen.

use std::fmt::Debug;
use std::time::Duration;

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

/// Receiver of the client's waits.
pub trait WaitObserver: Debug + Send + Sync {
    /// Receives a wait before it begins. Must not block.
    fn notice(&self, event: &WaitEvent);
}

/// Observer that ignores every wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl WaitObserver for NoObserver {
    fn notice(&self, _: &WaitEvent) {}
}
