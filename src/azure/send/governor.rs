//! The governor: decides when a request may be sent, so that a run keeps to ARM's limits before ARM has to say so.
//!
//! ARM counts requests per subscription and kind with token buckets (docs: Azure Resource Manager, "Understand how Azure
//! Resource Manager throttles requests"). Each answer says how much is left, and a 429 until when nothing is. The governor
//! keeps the same books for each bucket. A request waits for its bucket first and for a slot afterwards, so that a throttled
//! subscription holds no slot and slows no other one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::kind::RequestKind;
use super::observer::{AnsweredRequest, RequestObserver};
use super::request::Deadline;
use super::response::retry_after;

/// Requests in flight at the start. Each answer that is not a refusal allows one more, up to the limit of the run.
const FIRST_SLOTS: usize = 8;

/// Wait after a 429 that names none.
const UNNAMED_WAIT: Duration = Duration::from_secs(1);

/// Shortest wait of a request that the user is told of.
const TOLD_WAIT: Duration = Duration::from_secs(1);

/// Policy that every try of a request passes through.
#[derive(Debug)]
pub(crate) struct Governor {
    slots: Semaphore,
    books: Mutex<Books>,
    observer: Arc<dyn RequestObserver>,
}

#[derive(Debug)]
struct Books {
    /// Slots that answers may still add.
    more_slots: usize,
    /// By subscription in lower case.
    buckets: BTreeMap<(String, RequestKind), Bucket>,
}

/// One of ARM's buckets, as far as its answers have told.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Requests that may be sent now. `None` until an answer has said what is left.
    left: Option<f64>,
    /// Time for which `left` holds.
    at: Instant,
    /// Requests that were sent and not answered.
    in_flight: u32,
    /// End of the wait that a 429 asked for.
    closed_until: Option<Instant>,
}

impl Governor {
    /// Makes a governor that lets up to `limit` requests be in flight, and tells the observer of each.
    pub(crate) fn new(limit: usize, observer: Arc<dyn RequestObserver>) -> Arc<Self> {
        let limit = limit.max(1);
        let first = limit.min(FIRST_SLOTS);
        Arc::new(Self {
            slots: Semaphore::new(first),
            books: Mutex::new(Books {
                more_slots: limit - first,
                buckets: BTreeMap::new(),
            }),
            observer,
        })
    }

    /// Waits until the bucket has a request left. A wait past `deadline` is not begun: ARM's own answer says more.
    async fn wait_for_bucket(&self, key: &(String, RequestKind), deadline: Option<Instant>) {
        loop {
            let now = Instant::now();
            let until = self.with(|books| books.bucket(key, now).take(key.1, now));
            match until {
                Some(until) if deadline.is_none_or(|deadline| until < deadline) => {
                    self.tell_of_wait(key, until.saturating_duration_since(now));
                    sleep_until(until).await;
                }
                Some(_) => return self.with(|books| books.bucket(key, now).in_flight += 1),
                None => return,
            }
        }
    }

    /// Tells of a wait that a person notices.
    fn tell_of_wait(&self, key: &(String, RequestKind), wait: Duration) {
        if wait >= TOLD_WAIT {
            self.observer.throttled(&key.0, wait);
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Books {
    fn bucket(&mut self, key: &(String, RequestKind), now: Instant) -> &mut Bucket {
        self.buckets.entry(key.clone()).or_insert(Bucket {
            left: None,
            at: now,
            in_flight: 0,
            closed_until: None,
        })
    }

    /// Returns the number of slots to add after an answer.
    fn slots_to_add(&mut self, refused: bool) -> usize {
        if refused || self.more_slots == 0 {
            return 0;
        }
        self.more_slots -= 1;
        1
    }
}

impl Bucket {
    /// Takes one request. Returns the time to try again if none is left.
    fn take(&mut self, kind: RequestKind, now: Instant) -> Option<Instant> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Some(until);
        }
        if let Some(left) = self.left {
            let gained = now.saturating_duration_since(self.at).as_secs_f64() * kind.refill();
            let left = left + gained;
            self.at = now;
            if left < 1.0 {
                self.left = Some(left);
                return Some(now + Duration::from_secs_f64((1.0 - left) / kind.refill()));
            }
            self.left = Some(left - 1.0);
        }
        self.in_flight += 1;
        None
    }

    /// Notes an answer, or the end of a try without one.
    fn note(&mut self, left: Option<f64>, refused_until: Option<Instant>, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(left) = left {
            // ARM may not have counted yet what is still on its way.
            self.left = Some((left - f64::from(self.in_flight)).max(0.0));
            self.at = now;
        }
        if let Some(until) = refused_until {
            self.closed_until = self.closed_until.max(Some(until));
        }
    }
}

#[async_trait]
impl Policy for Governor {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let asked = Instant::now();
        let kind = RequestKind::of(request.method());
        let key = subscription(request.url().path()).map(|subscription| (subscription, kind));
        if let Some(key) = &key {
            let deadline = ctx.value::<Deadline>().map(|deadline| deadline.0);
            self.wait_for_bucket(key, deadline).await;
        }
        let mut pass = Pass {
            governor: self,
            key,
            answer: None,
        };
        // The semaphore is never closed.
        let slot = self.slots.acquire().await.ok();
        let began = Instant::now();
        let result = next[0].send(ctx, request, &next[1..]).await;
        drop(slot);
        if let Ok(answer) = &result {
            pass.answer = Some(Answer::read(kind, answer.status().into(), answer.headers()));
        }
        self.observer.answered(&AnsweredRequest {
            method: request.method().as_ref(),
            path: request.url().path(),
            subscription: pass.key.as_ref().map(|(subscription, _)| subscription.as_str()),
            kind,
            status: result.as_ref().ok().map(|answer| answer.status().into()),
            began: began.into_std(),
            took: began.elapsed(),
            waited: began.saturating_duration_since(asked),
        });
        result
    }
}

/// What an answer says about its bucket.
#[derive(Clone, Copy, Debug)]
struct Answer {
    left: Option<f64>,
    /// Wait that a 429 asks for.
    refused_for: Option<Duration>,
}

impl Answer {
    fn read(kind: RequestKind, status: u16, headers: &Headers) -> Self {
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

/// One try. Its end is noted also where it is dropped half-way, at the deadline of its operation.
struct Pass<'a> {
    governor: &'a Governor,
    key: Option<(String, RequestKind)>,
    answer: Option<Answer>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        let answer = self.answer;
        let refused_for = answer.and_then(|answer| answer.refused_for);
        let refused_until = refused_for.and_then(|wait| now.checked_add(wait));
        let slots = self.governor.with(|books| {
            if let Some(key) = &self.key {
                let left = answer.and_then(|answer| answer.left);
                books.bucket(key, now).note(left, refused_until, now);
            }
            books.slots_to_add(refused_for.is_some() || answer.is_none())
        });
        self.governor.slots.add_permits(slots);
        if let (Some(key), Some(wait)) = (&self.key, refused_for) {
            self.governor.tell_of_wait(key, wait);
        }
    }
}

/// Returns the subscription of a path, in lower case.
fn subscription(path: &str) -> Option<String> {
    let (_, rest) = path.split_once("/subscriptions/")?;
    let id = rest.split('/').next()?;
    (!id.is_empty()).then(|| id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::azure::send::observer::NoObserver;

    /// Makes a bucket of which an answer has said that `left` requests are left.
    fn bucket(left: f64, now: Instant) -> Bucket {
        let mut books = Books {
            more_slots: 0,
            buckets: BTreeMap::new(),
        };
        let key = ("s".to_owned(), RequestKind::Read);
        let bucket = books.bucket(&key, now);
        bucket.note(Some(left), None, now);
        *bucket
    }

    #[test]
    fn a_bucket_without_an_answer_lets_everything_pass() {
        let now = Instant::now();
        let mut bucket = Bucket {
            left: None,
            ..bucket(0.0, now)
        };
        for _ in 0..1000 {
            assert_eq!(bucket.take(RequestKind::Read, now), None);
        }
    }

    #[test]
    fn an_empty_bucket_is_waited_for_at_its_own_pace() {
        let now = Instant::now();
        for (kind, wait) in [
            (RequestKind::Read, 40),
            (RequestKind::Write, 100),
            (RequestKind::Delete, 100),
        ] {
            let mut bucket = bucket(2.0, now);
            assert_eq!(bucket.take(kind, now), None);
            assert_eq!(bucket.take(kind, now), None);
            let next = now + Duration::from_millis(wait);
            assert_eq!(bucket.take(kind, now), Some(next), "{kind:?}");
            assert_eq!(bucket.take(kind, next), None, "{kind:?}");
            assert!(bucket.take(kind, next).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn requests_on_their_way_count_as_sent() {
        let now = Instant::now();
        let mut bucket = bucket(10.0, now);
        for _ in 0..4 {
            bucket.take(RequestKind::Read, now);
        }
        // ARM has answered the first, and may not have seen the other three.
        bucket.note(Some(9.0), None, now);
        assert_eq!(bucket.left, Some(6.0));
    }

    #[test]
    fn a_refusal_closes_the_bucket_until_its_time() {
        let now = Instant::now();
        let mut bucket = bucket(100.0, now);
        let until = now + Duration::from_secs(17);
        bucket.note(None, Some(until), now);
        bucket.note(None, Some(now + Duration::from_secs(3)), now);
        assert_eq!(bucket.take(RequestKind::Read, now), Some(until));
        assert_eq!(bucket.take(RequestKind::Read, until), None);
    }

    #[tokio::test]
    async fn a_wait_past_the_deadline_is_not_begun() {
        let governor = Governor::new(64, Arc::new(NoObserver));
        let key = ("s".to_owned(), RequestKind::Read);
        let now = Instant::now();
        let until = now + Duration::from_secs(3600);
        governor.with(|books| books.bucket(&key, now).note(None, Some(until), now));
        for (deadline, waits) in [(1800, false), (7200, true)] {
            let deadline = now + Duration::from_secs(deadline);
            let wait = governor.wait_for_bucket(&key, Some(deadline));
            assert_eq!(wait.now_or_never().is_none(), waits, "{deadline:?}");
        }
        assert!(governor.wait_for_bucket(&key, None).now_or_never().is_none());
    }

    #[test]
    fn answers_add_slots_up_to_the_limit() {
        for (limit, first) in [(0, 1), (1, 1), (8, 8), (64, 8)] {
            let governor = Governor::new(limit, Arc::new(NoObserver));
            assert_eq!(governor.slots.available_permits(), first, "{limit}");
            let added: usize = (0..100)
                .map(|_| governor.with(|books| books.slots_to_add(false)))
                .sum();
            assert_eq!(added, limit.max(1) - first, "{limit}");
        }
        let governor = Governor::new(64, Arc::new(NoObserver));
        assert_eq!(governor.with(|books| books.slots_to_add(true)), 0);
    }

    #[test]
    fn subscription_of_a_path_is_its_bucket() {
        for (path, expected) in [
            ("/subscriptions/ABC/resourceGroups/g", Some("abc")),
            ("/proxy/subscriptions/abc", Some("abc")),
            ("/providers/Microsoft.ResourceGraph/resources", None),
            ("/subscriptions/", None),
        ] {
            assert_eq!(subscription(path).as_deref(), expected, "{path}");
        }
    }
}
