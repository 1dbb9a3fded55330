//! The end of an operation, whose clock stands while other subscriptions hold all slots: their trouble is not its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// End of the operation that a request belongs to. Its clones are one deadline.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Mutex<Clock>,
    resumed: Notify,
}

#[derive(Debug)]
struct Clock {
    end: Instant,
    /// Pauses that go on.
    pauses: u32,
    /// Begin of the first of them.
    since: Instant,
}

/// A pause, until it is dropped.
#[derive(Debug)]
pub(super) struct Pause(Arc<Shared>);

impl Clock {
    /// Returns the end, if the clock does not stand from now on.
    fn end(&self, now: Instant) -> Instant {
        match self.pauses {
            0 => self.end,
            _ => self.end + now.saturating_duration_since(self.since),
        }
    }

    fn stop(&mut self, now: Instant) {
        if self.pauses == 0 {
            self.since = now;
        }
        self.pauses += 1;
    }

    fn resume(&mut self, now: Instant) {
        if self.pauses == 1 {
            self.end = self.end(now);
        }
        self.pauses -= 1;
    }
}

impl Deadline {
    /// Makes a deadline so long from now on.
    pub(crate) fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(Arc::new(Shared {
            clock: Mutex::new(Clock {
                end: now + time,
                pauses: 0,
                since: now,
            }),
            resumed: Notify::new(),
        }))
    }

    /// Returns the end, if the clock does not stand from now on.
    pub(crate) fn end(&self) -> Instant {
        self.0.clock().end(Instant::now())
    }

    /// Waits until the deadline has passed.
    pub(crate) async fn passed(&self) {
        loop {
            let resumed = self.0.resumed.notified();
            let (end, stands) = {
                let clock = self.0.clock();
                (clock.end, clock.pauses > 0)
            };
            if stands {
                resumed.await;
            } else if end <= Instant::now() {
                return;
            } else {
                sleep_until(end).await;
            }
        }
    }

    /// Stops the clock.
    pub(super) fn pause(&self) -> Pause {
        self.0.clock().stop(Instant::now());
        Pause(self.0.clone())
    }
}

impl Shared {
    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.0.clock().resume(Instant::now());
        self.0.resumed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn clock_stands_during_pauses() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut clock = Clock {
            end: at(10),
            pauses: 0,
            since: start,
        };
        clock.stop(at(4));
        clock.stop(at(50));
        assert_eq!(clock.end(at(104)), at(110));
        clock.resume(at(104));
        assert_eq!(clock.end(at(204)), at(210));
        clock.resume(at(204));
        assert_eq!(clock.end(at(300)), at(210));
    }

    #[tokio::test]
    async fn deadline_does_not_pass_during_a_pause() {
        let deadline = Deadline::after(Duration::ZERO);
        let pause = deadline.pause();
        let other = deadline.clone();
        assert!(other.passed().now_or_never().is_none());
        drop(pause);
        deadline.passed().await;
    }
}
