//! Progress that the client reports while it waits, so that a terminal can show why nothing seems to happen.

use std::fmt::Debug;
use std::time::Duration;

/// Something that takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A long-running operation goes on; asked again after `wait`.
    Polling {
        /// The path of the resource that is being changed.
        resource: String,
        /// ARM's own word for where it is, such as `InProgress`.
        status: Option<String>,
        wait: Duration,
    },
    /// A request is sent again after `wait`: throttled, a server error, a broken connection or a busy resource.
    Retrying {
        /// The path of the request.
        resource: String,
        /// What came instead of an answer, such as `429`.
        reason: String,
        /// The number of tries so far.
        tries: u32,
        wait: Duration,
    },
}

/// Whoever wants to know what the client waits for.
pub trait Observer: Debug + Send + Sync {
    /// Called before each wait. Must not block.
    fn notice(&self, event: &Event);
}

/// An observer that does not care.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _: &Event) {}
}
