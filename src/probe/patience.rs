//! Time limits: each probe has one, and all probes together have one.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The end of all probes.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    end: Instant,
}

impl Patience {
    /// Begins the time of all probes.
    pub fn of(all: Duration) -> Self {
        Self {
            end: Instant::now() + all,
        }
    }

    /// Waits for work, no longer than `longest` and not beyond the end of all. Returns `None` if the time is over.
    pub async fn wait<T>(&self, longest: Duration, work: impl Future<Output = T>) -> Option<T> {
        let end = self.end.min(Instant::now() + longest);
        timeout_at(end, work).await.ok()
    }
}
