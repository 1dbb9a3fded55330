//! The chain of requests that a run had to wait for one after the other.

use std::time::{Duration, Instant};

use crate::azure::AnsweredRequest;

/// The times of all requests of a run.
#[derive(Debug, Default)]
pub(super) struct RequestTimes {
    requests: Vec<Times>,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    asked: Instant,
    began: Instant,
    ended: Instant,
}

/// The requests of which each was asked for after the one before it had ended, from the last one of a run back to its start.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CriticalPath {
    pub(super) requests: usize,
    /// Time from sending each of them to its answer.
    pub(super) sent: Duration,
    /// Time for which they waited, because of ARM's limits or for other requests.
    pub(super) waited: Duration,
}

impl RequestTimes {
    /// Takes a request that has ended.
    pub(super) fn add(&mut self, request: &AnsweredRequest<'_>) {
        self.requests.push(Times {
            asked: request.began.checked_sub(request.waited).unwrap_or(request.began),
            began: request.began,
            ended: request.began + request.took,
        });
    }

    /// Returns the critical path.
    pub(super) fn critical_path(&mut self) -> CriticalPath {
        self.requests.sort_unstable_by_key(|times| times.ended);
        let mut path = CriticalPath::default();
        let mut before = self.requests.len();
        while before > 0 {
            let last = self.requests[before - 1];
            path.requests += 1;
            path.sent += last.ended.duration_since(last.began);
            path.waited += last.began.duration_since(last.asked);
            // A request of no length ends before itself only.
            let earlier = &self.requests[..before - 1];
            before = earlier.partition_point(|times| times.ended <= last.asked);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of asking, sending and answering, in milliseconds.
    type Millis = (u64, u64, u64);

    /// Returns the critical path of requests with these times.
    fn path_of(requests: &[Millis]) -> (usize, u128, u128) {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut times = RequestTimes::default();
        for (asked, began, ended) in requests {
            times.requests.push(Times {
                asked: at(*asked),
                began: at(*began),
                ended: at(*ended),
            });
        }
        let path = times.critical_path();
        (path.requests, path.sent.as_millis(), path.waited.as_millis())
    }

    #[test]
    fn path_goes_back_from_the_last_answer() {
        let rows: [(&[Millis], _); 5] = [
            (&[], (0, 0, 0)),
            (&[(0, 0, 50)], (1, 50, 0)),
            // Side by side: the longer one counts.
            (&[(0, 0, 50), (0, 0, 80)], (1, 80, 0)),
            // The write was asked for after the second read.
            (&[(0, 0, 50), (0, 0, 80), (85, 85, 185)], (2, 180, 0)),
            // One waited for its turn, and was asked for before the first had ended.
            (&[(0, 0, 50), (10, 60, 90), (95, 120, 150)], (2, 60, 75)),
        ];
        for (requests, path) in rows {
            assert_eq!(path_of(requests), path, "{requests:?}");
        }
    }
}
