//! The governor: decides when a request may be sent, so that a run keeps to ARM's limits before ARM has to say so.
//!
//! ARM counts requests per subscription and kind with token buckets (docs: Azure Resource Manager, "Understand how Azure
//! Resource Manager throttles requests"). Each answer says how much is left, and a 429 until when nothing is. The governor
//! keeps the same books for each bucket. A request waits for its bucket first and for a slot afterwards, so that a throttled
//! subscription holds no slot and slows no other one. Its bucket is asked again when it has its slot: a 429 may have come meanwhile.
//! A subscription has slots of its own, so one that does not answer leaves the others theirs.
//!
//! A write that waits is not sent once its run is stopped ([`Stop`]).
//!
//! No request is sent before the time that a 429 names. Where that is after the end of its operation, it gets a 429 of the governor's
//! own in place of an answer.

mod bucket;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Method, Request, StatusCode};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use bucket::{Answer, Bucket};

use super::deadline::Deadline;
use super::kind::RequestKind;
use super::observer::{AnsweredRequest, RequestObserver};
use super::stop::{SentMark, Stop, Stopped};

/// Requests of a subscription in flight at the start. Each answer that is not a refusal allows one more, up to the limit of the run.
const FIRST_SLOTS: usize = 8;

/// Shortest wait of a request that the user is told of.
const TOLD_WAIT: Duration = Duration::from_secs(1);

/// A bucket: the subscription in lower case, and the kind of its requests.
type Key = (String, RequestKind);

/// Policy that every try of a request passes through.
#[derive(Debug)]
pub(crate) struct Governor {
    limit: usize,
    /// Slots of all subscriptions together.
    slots: Semaphore,
    books: Mutex<Books>,
    observer: Arc<dyn RequestObserver>,
}

#[derive(Debug, Default)]
struct Books {
    /// By subscription in lower case; requests of no subscription are together.
    shares: BTreeMap<String, Share>,
    buckets: BTreeMap<Key, Bucket>,
}

/// The slots of one subscription.
#[derive(Clone, Debug)]
struct Share {
    slots: Arc<Semaphore>,
    /// Slots that answers may still add.
    more: usize,
}

/// The slots of a request.
type Slots<'a> = (Option<OwnedSemaphorePermit>, Option<SemaphorePermit<'a>>);

impl Governor {
    /// Makes a governor that lets up to `limit` requests be in flight, and tells the observer of each.
    pub(crate) fn new(limit: usize, observer: Arc<dyn RequestObserver>) -> Arc<Self> {
        let limit = limit.max(1);
        Arc::new(Self {
            limit,
            slots: Semaphore::new(limit),
            books: Mutex::default(),
            observer,
        })
    }

    /// Waits until the bucket has a request left and a slot is free.
    ///
    /// # Errors
    /// The bucket has no request left before the deadline.
    async fn admit(
        &self,
        key: Option<&Key>,
        deadline: Option<&Deadline>,
    ) -> Result<(Taken<'_>, Slots<'_>), Closed> {
        let share = key.map_or("", |key| &key.0);
        let own = self.with(|books| books.share(share, self.limit).slots.clone());
        loop {
            if let Some(key) = key {
                self.wait_for_bucket(key, deadline).await?;
            }
            let taken = Taken {
                governor: self,
                key: key.cloned(),
                answer: None,
            };
            // The semaphores are never closed.
            let own = own.clone().acquire_owned().await.ok();
            let slot = {
                // Where all slots are taken, others take the time, and not this operation.
                let _pause = deadline.map(Deadline::pause);
                self.slots.acquire().await.ok()
            };
            let now = Instant::now();
            if key.is_none_or(|key| self.with(|books| books.bucket(key, now).is_open(now))) {
                return Ok((taken, (own, slot)));
            }
        }
    }

    /// Waits until the bucket has a request left, and takes it.
    ///
    /// # Errors
    /// The bucket has no request left before `deadline`.
    async fn wait_for_bucket(&self, key: &Key, deadline: Option<&Deadline>) -> Result<(), Closed> {
        loop {
            let now = Instant::now();
            let Some(until) = self.with(|books| books.bucket(key, now).take(now)) else {
                return Ok(());
            };
            let wait = until.saturating_duration_since(now);
            if deadline.is_some_and(|deadline| until >= deadline.end()) {
                return Err(Closed { wait });
            }
            self.tell_of_wait(key, wait);
            sleep_until(until).await;
        }
    }

    /// Tells of a wait that a person notices.
    fn tell_of_wait(&self, key: &Key, wait: Duration) {
        if wait >= TOLD_WAIT {
            self.observer.throttled(&key.0, wait);
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Books {
    fn bucket(&mut self, key: &Key, now: Instant) -> &mut Bucket {
        let bucket = Bucket::unknown(key.1, now);
        self.buckets.entry(key.clone()).or_insert(bucket)
    }

    fn share(&mut self, subscription: &str, limit: usize) -> &mut Share {
        let first = limit.min(FIRST_SLOTS);
        self.shares
            .entry(subscription.to_owned())
            .or_insert_with(|| Share {
                slots: Arc::new(Semaphore::new(first)),
                more: limit - first,
            })
    }
}

impl Share {
    /// Adds a slot after an answer, up to the limit of the run.
    fn add_slot(&mut self) {
        if self.more > 0 {
            self.more -= 1;
            self.slots.add_permits(1);
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
        let stop = ctx.value::<Stop>().cloned().unwrap_or_default();
        let admitted = self.admit(key.as_ref(), ctx.value::<Deadline>());
        let (mut taken, slots) = match stop.unless_stopped(admitted).await {
            Some(Ok(admitted)) => admitted,
            Some(Err(closed)) => return Ok(closed.answer()),
            None => return Err(Stopped.into()),
        };
        if let Some(mark) = ctx.value::<SentMark>() {
            mark.set();
        }
        let began = Instant::now();
        let mut sent = Sent {
            governor: self,
            method: request.method(),
            path: request.url().path().to_owned(),
            subscription: key.map(|(subscription, _)| subscription),
            kind,
            status: None,
            began,
            waited: began.saturating_duration_since(asked),
        };
        let result = next[0].send(ctx, request, &next[1..]).await;
        drop(slots);
        if let Ok(answer) = &result {
            let status = answer.status().into();
            sent.status = Some(status);
            taken.answer = Some(Answer::read(kind, status, answer.headers()));
        }
        result
    }
}

/// A try that is on its way. The observer learns its end also where it is dropped half-way, at the deadline of its operation.
#[derive(Debug)]
struct Sent<'a> {
    governor: &'a Governor,
    method: Method,
    path: String,
    subscription: Option<String>,
    kind: RequestKind,
    status: Option<u16>,
    began: Instant,
    waited: Duration,
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        self.governor.observer.answered(&AnsweredRequest {
            method: self.method.as_ref(),
            path: &self.path,
            subscription: self.subscription.as_deref(),
            kind: self.kind,
            status: self.status,
            began: self.began.into_std(),
            took: self.began.elapsed(),
            waited: self.waited,
        });
    }
}

/// A bucket whose next request, by a 429 or by its pace, may go only after the end of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Closed {
    wait: Duration,
}

impl Closed {
    /// Returns the answer in place of ARM's, which would be another 429.
    fn answer(self) -> AsyncRawResponse {
        // A wait that is rounded down would end too early.
        let seconds = self.wait.as_secs() + 1;
        let message = format!(
            "not sent: by Azure's limit for this subscription, the next request may go in {seconds} s, and this run does not \
             wait that long"
        );
        let body = json!({"error": {"code": "TooManyRequests", "message": message}});
        let mut headers = Headers::new();
        headers.insert("retry-after", seconds.to_string());
        headers.insert("content-type", "application/json");
        AsyncRawResponse::from_bytes(StatusCode::TooManyRequests, headers, body.to_string())
    }
}

/// A request that was taken from its bucket. Its end is noted also where it is dropped half-way.
#[derive(Debug)]
struct Taken<'a> {
    governor: &'a Governor,
    key: Option<Key>,
    answer: Option<Answer>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        let answer = self.answer;
        let refused_for = answer.and_then(|answer| answer.refused_for);
        self.governor.with(|books| {
            if let Some(key) = &self.key {
                books.bucket(key, now).note(key.1, answer, now);
            }
            if answer.is_some() && refused_for.is_none() {
                let subscription = self.key.as_ref().map_or("", |key| &key.0);
                books.share(subscription, self.governor.limit).add_slot();
            }
        });
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

    const READ: RequestKind = RequestKind::Read;

    fn key() -> Key {
        ("s".to_owned(), READ)
    }

    fn refused(seconds: u64) -> Option<Answer> {
        Some(Answer {
            left: None,
            refused_for: Some(Duration::from_secs(seconds)),
        })
    }

    #[tokio::test]
    async fn a_wait_past_the_deadline_is_refused_without_a_request() {
        let governor = Governor::new(64, Arc::new(NoObserver));
        let now = Instant::now();
        governor.with(|books| books.bucket(&key(), now).note(READ, refused(3600), now));
        let early = Deadline::after(Duration::from_secs(1800));
        let closed = governor.admit(Some(&key()), Some(&early)).await.unwrap_err();
        let answer = Answer::read(READ, 429, closed.answer().headers());
        assert!(answer.refused_for.unwrap() > closed.wait);
        let late = Deadline::after(Duration::from_secs(7200));
        for deadline in [Some(&late), None] {
            assert!(governor.admit(Some(&key()), deadline).now_or_never().is_none());
        }
        assert_eq!(governor.with(|books| books.bucket(&key(), now).in_flight), 0);
    }

    /// The request waits for its slot while the answer to another one closes the bucket.
    #[tokio::test]
    async fn a_refusal_holds_back_what_waits_for_a_slot() {
        let governor = Governor::new(1, Arc::new(NoObserver));
        let key = key();
        let (mut first, slots) = governor.admit(Some(&key), None).await.unwrap();
        let mut second = Box::pin(governor.admit(Some(&key), None));
        assert!((&mut second).now_or_never().is_none());
        first.answer = refused(3600);
        drop((first, slots));
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(
            governor.slots.available_permits(),
            1,
            "it holds no slot meanwhile"
        );
    }

    #[tokio::test]
    async fn a_subscription_without_answers_leaves_slots_to_others() {
        let governor = Governor::new(64, Arc::new(NoObserver));
        let (silent, other) = (key(), ("t".to_owned(), READ));
        let mut sent = Vec::new();
        for _ in 0..FIRST_SLOTS {
            sent.push(governor.admit(Some(&silent), None).await.unwrap());
        }
        assert!(governor.admit(Some(&silent), None).now_or_never().is_none());
        assert!(governor.admit(Some(&other), None).now_or_never().is_some());
    }

    #[tokio::test]
    async fn clock_stands_while_others_hold_all_slots() {
        let governor = Governor::new(1, Arc::new(NoObserver));
        let (silent, other) = (key(), ("t".to_owned(), READ));
        let held = governor.admit(Some(&silent), None).await.unwrap();
        let deadline = Deadline::after(Duration::ZERO);
        let mut second = Box::pin(governor.admit(Some(&other), Some(&deadline)));
        assert!((&mut second).now_or_never().is_none());
        assert!(deadline.passed().now_or_never().is_none());
        drop(held);
        assert!((&mut second).now_or_never().is_some());
    }

    #[test]
    fn answers_add_slots_up_to_the_limit() {
        for (limit, first) in [(1, 1), (8, 8), (64, 8)] {
            let mut books = Books::default();
            let share = books.share("s", limit);
            assert_eq!(share.slots.available_permits(), first, "{limit}");
            for _ in 0..100 {
                share.add_slot();
            }
            assert_eq!(share.slots.available_permits(), limit, "{limit}");
        }
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
