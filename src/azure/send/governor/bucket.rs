//! One of ARM's buckets, as far as its answers have told.

use std::time::Duration;

use azure_core::http::headers::Headers;
use tokio::time::Instant;

use crate::azure::send::kind::RequestKind;
use crate::azure::send::response::retry_after;

/// Part of the pace that a bucket gains with each answer after it was found to be slower than documented.
const FASTER: f64 = 0.02;

/// Slowest pace that is assumed, in requests a second.
const SLOWEST: f64 = 0.1;

/// A request that is left, as sums of fractions come out.
const ALMOST_ONE: f64 = 0.999_999;

/// Wait after a 429 that names none.
const UNNAMED_WAIT: Duration = Duration::from_secs(1);

/// One of ARM's buckets, as far as its answers have told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Requests that may be sent now. `None` until an answer has said what is left.
    left: Option<f64>,
    /// Most that was ever left: no bucket gains more than it holds.
    most: f64,
    /// Requests that it gains in a second, as far as is known.
    refill: f64,
    /// Time for which `left` holds.
    at: Instant,
    /// Requests that were sent and not answered.
    pub(super) in_flight: u32,
    /// End of the wait that a 429 asked for.
    closed_until: Option<Instant>,
}

impl Bucket {
    /// Makes a bucket of which no answer has said anything.
    pub(super) fn unknown(kind: RequestKind, now: Instant) -> Self {
        Self {
            left: None,
            most: 0.0,
            refill: kind.refill(),
            at: now,
            in_flight: 0,
            closed_until: None,
        }
    }

    /// Returns true if no 429 forbids requests.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.closed_until.is_none_or(|until| until <= now)
    }

    /// Takes one request. Returns the time to try again if none is left.
    pub(super) fn take(&mut self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Some(until);
        }
        if let Some(left) = self.left {
            let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.refill;
            let left = (left + gained).min(self.most);
            self.at = now;
            // What is gained in parts adds up to a little less than the whole.
            if left < ALMOST_ONE {
                self.left = Some(left);
                return Some(now + Duration::from_secs_f64((1.0 - left) / self.refill));
            }
            self.left = Some((left - 1.0).max(0.0));
        }
        self.in_flight += 1;
        None
    }

    /// Notes the end of a try, and its answer if there was one.
    pub(super) fn note(&mut self, kind: RequestKind, answer: Option<Answer>, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(answer) = answer else { return };
        if let Some(wait) = answer.refused_for {
            return self.close(wait, now);
        }
        if let Some(left) = answer.left {
            // ARM may not have counted yet what is still on its way.
            self.left = Some((left - f64::from(self.in_flight)).max(0.0));
            self.most = self.most.max(left);
            self.at = now;
        }
        self.refill = (self.refill * (1.0 + FASTER)).min(kind.refill());
    }

    /// Sends nothing until the wait of a 429 is over, and only half as fast after it: the bucket fills more slowly than was assumed.
    fn close(&mut self, wait: Duration, now: Instant) {
        // Several requests that were on their way together are refused together.
        if self.is_open(now) {
            self.refill = (self.refill / 2.0).max(SLOWEST);
        }
        if let Some(until) = self.closed_until.max(now.checked_add(wait)) {
            self.closed_until = Some(until);
            // How much ARM has left by then is not known. One request goes first and asks.
            self.left = Some(1.0);
            self.most = self.most.max(1.0);
            self.at = until;
        }
    }
}

/// What an answer says about its bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) left: Option<f64>,
    /// Wait that a 429 asks for.
    pub(super) refused_for: Option<Duration>,
}

impl Answer {
    pub(super) fn read(kind: RequestKind, status: u16, headers: &Headers) -> Self {
        let mut left = None;
        for name in kind.headers() {
            let named = headers
                .get_optional_str(&name)
                .and_then(|text| text.parse::<u32>().ok());
            if let Some(named) = named.map(f64::from) {
                left = Some(left.map_or(named, |left: f64| left.min(named)));
            }
        }
        let refused_for = (status == 429).then(|| retry_after(headers).unwrap_or(UNNAMED_WAIT));
        Self { left, refused_for }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: RequestKind = RequestKind::Read;

    fn left(left: f64) -> Option<Answer> {
        Some(Answer {
            left: Some(left),
            refused_for: None,
        })
    }

    fn refused(seconds: u64) -> Option<Answer> {
        Some(Answer {
            left: None,
            refused_for: Some(Duration::from_secs(seconds)),
        })
    }

    /// Makes a bucket of which an answer has said that `number` requests are left.
    fn bucket(kind: RequestKind, number: f64, now: Instant) -> Bucket {
        let mut bucket = Bucket::unknown(kind, now);
        bucket.note(kind, left(number), now);
        bucket
    }

    #[test]
    fn a_bucket_without_an_answer_lets_everything_pass() {
        let now = Instant::now();
        let mut bucket = Bucket::unknown(READ, now);
        for _ in 0..1000 {
            assert_eq!(bucket.take(now), None);
        }
    }

    #[test]
    fn an_empty_bucket_is_waited_for_at_its_own_pace() {
        let now = Instant::now();
        for (kind, wait) in [(READ, 40), (RequestKind::Write, 100), (RequestKind::Delete, 100)] {
            let mut bucket = bucket(kind, 2.0, now);
            assert_eq!(bucket.take(now), None);
            assert_eq!(bucket.take(now), None);
            let next = now + Duration::from_millis(wait);
            assert_eq!(bucket.take(now), Some(next), "{kind:?}");
            assert_eq!(bucket.take(next), None, "{kind:?}");
            assert!(bucket.take(next).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn a_bucket_gains_no_more_than_it_holds() {
        let now = Instant::now();
        let mut bucket = bucket(READ, 3.0, now);
        let later = now + Duration::from_secs(60);
        for _ in 0..3 {
            assert_eq!(bucket.take(later), None);
        }
        assert!(bucket.take(later).is_some());
    }

    #[test]
    fn requests_on_their_way_count_as_sent() {
        let now = Instant::now();
        let mut bucket = bucket(READ, 10.0, now);
        for _ in 0..4 {
            bucket.take(now);
        }
        // ARM has answered the first, and may not have seen the other three.
        bucket.note(READ, left(9.0), now);
        assert_eq!(bucket.left, Some(6.0));
    }

    #[test]
    fn a_refusal_closes_the_bucket_until_its_time() {
        let now = Instant::now();
        let mut bucket = bucket(READ, 100.0, now);
        let until = now + Duration::from_secs(17);
        bucket.note(READ, refused(17), now);
        bucket.note(READ, refused(3), now);
        assert_eq!(bucket.take(now), Some(until));
        // One goes first. Its answer says what is left.
        assert_eq!(bucket.take(until), None);
        assert!(bucket.take(until).is_some());
        bucket.note(READ, left(19.0), until);
        assert_eq!(bucket.take(until), None);
    }

    /// A bucket that gains one request a second, where ten are documented, refuses no more than a few.
    #[test]
    fn pace_follows_a_bucket_that_is_slower_than_documented() {
        const WRITE: RequestKind = RequestKind::Write;
        let start = Instant::now();
        let mut bucket = Bucket::unknown(WRITE, start);
        let (mut now, mut refusals, mut sent) = (start, 0, 0);
        let (mut tokens, mut filled) = (20.0_f64, start);
        while sent < 100 {
            if let Some(until) = bucket.take(now) {
                now = until;
                continue;
            }
            tokens = (tokens + now.duration_since(filled).as_secs_f64()).min(20.0);
            filled = now;
            if tokens >= 1.0 {
                tokens -= 1.0;
                sent += 1;
                bucket.note(WRITE, left(tokens.floor()), now);
            } else {
                refusals += 1;
                bucket.note(WRITE, refused(3), now);
            }
        }
        assert!(refusals <= 12, "{refusals}");
        assert!(now.duration_since(start) < Duration::from_secs(120));
    }
}
