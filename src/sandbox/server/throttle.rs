//! ARM's token buckets: each request takes a token, and tokens return at a steady rate.
//!
//! Source: "Understand how Azure Resource Manager throttles requests". Off by default.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

const NANOS: u128 = 1_000_000_000;

/// Size of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Number of tokens in a full bucket.
    pub size: u32,
    /// Number of tokens that return each second.
    pub per_second: u32,
}

/// Limits of one principal in one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// GET and HEAD.
    pub reads: Bucket,
    /// PUT, PATCH and POST.
    pub writes: Bucket,
    /// DELETE.
    pub deletes: Bucket,
    /// All principals of a subscription together have this many times the limits of one.
    pub global: u32,
    /// Seconds in `Retry-After`. A request before that time is refused and starts the wait again.
    pub wait: u32,
}

/// The published limits, with the wait of Azure/azure-cli#33660, 2026-09.
impl Default for Throttle {
    fn default() -> Self {
        let writes = Bucket {
            size: 200,
            per_second: 10,
        };
        Self {
            reads: Bucket {
                size: 250,
                per_second: 25,
            },
            writes,
            deletes: writes,
            global: 15,
            wait: 10,
        }
    }
}

impl FromStr for Throttle {
    type Err = String;

    /// Reads `reads=250/25,writes=200/10,deletes=200/10,global=15,wait=10`. A limit that is left out is the published
    /// one.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        let mut names = BTreeSet::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or("expected NAME=VALUE")?;
            // The later of two values would win silently.
            if !names.insert(name) {
                return Err(format!("duplicate limit `{name}`"));
            }
            match name {
                "reads" => limits.reads = bucket(value)?,
                "writes" => limits.writes = bucket(value)?,
                "deletes" => limits.deletes = bucket(value)?,
                "global" if value == "0" => return Err("expected a factor of 1 or more".to_owned()),
                "global" => limits.global = number(value)?,
                "wait" => limits.wait = number(value)?,
                _ => return Err("expected reads, writes, deletes, global or wait".to_owned()),
            }
        }
        Ok(limits)
    }
}

fn bucket(text: &str) -> Result<Bucket, String> {
    let (size, per_second) = text
        .split_once('/')
        .ok_or("expected SIZE/PER-SECOND, such as 250/25")?;
    let (size, per_second) = (number(size)?, number(per_second)?);
    if size == 0 {
        return Err("expected a SIZE of 1 or more: an empty bucket refuses every request".to_owned());
    }
    Ok(Bucket { size, per_second })
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "expected a whole number".to_owned())
}

/// Kind of a request, by the words in the names of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum RequestClass {
    Read,
    Write,
    Delete,
}

impl RequestClass {
    fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Read,
            Method::DELETE => Self::Delete,
            _ => Self::Write,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }
}

/// A request for a token.
pub(crate) struct Ask<'a> {
    pub(crate) subscription: &'a str,
    pub(crate) principal: &'a str,
    pub(crate) method: &'a Method,
}

/// All buckets of a sandbox.
pub(crate) struct Buckets {
    limits: Throttle,
    /// By subscription, principal (empty for all together) and class.
    levels: BTreeMap<(String, String, RequestClass), Level>,
}

/// Level of a bucket.
struct Level {
    /// Tokens, in billionths.
    tokens: u128,
    /// Time of the last change.
    at: Duration,
    /// Every request before this time is refused and moves it.
    closed_until: Option<Duration>,
}

/// Tokens that are left after a request, for the headers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remaining {
    own: u32,
    global: u32,
    kind: &'static str,
}

impl Buckets {
    pub(crate) fn new(limits: Throttle) -> Self {
        Self {
            limits,
            levels: BTreeMap::new(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// ARM's 429 if a bucket is empty or its wait is not over.
    pub(crate) fn take(&mut self, now: Duration, ask: &Ask<'_>) -> Result<Remaining, Answer> {
        let kind = RequestClass::of(ask.method);
        let own = self.bucket(kind);
        let global = Bucket {
            size: own.size.saturating_mul(self.limits.global),
            per_second: own.per_second.saturating_mul(self.limits.global),
        };
        let wait = Duration::from_secs(self.limits.wait.into());
        let subscription = ask.subscription.to_ascii_lowercase();
        // A refusal by the principal's own bucket starts the wait.
        let level = self.level(now, own, (subscription.clone(), ask.principal.to_owned(), kind));
        let closed = level.closed_until > Some(now);
        if closed || level.tokens < NANOS {
            level.closed_until = Some(now + wait);
            return Err(self.refused(ask, kind));
        }
        // The shared bucket refuses without a wait.
        let shared = self.level(now, global, (subscription.clone(), String::new(), kind));
        if shared.tokens < NANOS {
            return Err(self.refused(ask, kind));
        }
        shared.tokens -= NANOS;
        let left_of_all = whole(shared.tokens);
        let level = self.level(now, own, (subscription, ask.principal.to_owned(), kind));
        level.tokens -= NANOS;
        level.closed_until = None;
        Ok(Remaining {
            own: whole(level.tokens),
            global: left_of_all,
            kind: kind.name(),
        })
    }

    fn bucket(&self, kind: RequestClass) -> Bucket {
        match kind {
            RequestClass::Read => self.limits.reads,
            RequestClass::Write => self.limits.writes,
            RequestClass::Delete => self.limits.deletes,
        }
    }

    /// Returns the level of a bucket after the tokens of the time since its last use have returned.
    fn level(
        &mut self,
        now: Duration,
        bucket: Bucket,
        key: (String, String, RequestClass),
    ) -> &mut Level {
        let full = u128::from(bucket.size) * NANOS;
        let level = self.levels.entry(key).or_insert(Level {
            tokens: full,
            at: now,
            closed_until: None,
        });
        // A clock that a test sets back returns no tokens.
        let back = now.saturating_sub(level.at).as_nanos() * u128::from(bucket.per_second);
        level.tokens = full.min(level.tokens + back);
        level.at = now;
        level
    }

    /// Returns ARM's 429 (Azure/azure-cli#33660, 2026-09).
    fn refused(&self, ask: &Ask<'_>, kind: RequestClass) -> Answer {
        let wait = self.limits.wait;
        let message = format!(
            "Number of '{}' requests for subscription '{}' actor '{}' exceeded. Please try again after '{wait}' seconds.",
            kind.name(),
            ask.subscription,
            ask.principal
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        errors::gateway(status, "SubscriptionRequestsThrottled", &message)
            .with("retry-after", &wait.to_string())
    }
}

impl Remaining {
    /// Adds the headers that count down (names: Azure/azure-cli#33660, 2026-09, for reads).
    pub(crate) fn add(&self, answer: Answer) -> Answer {
        // Each class has headers of its own.
        let (own, global) = match self.kind {
            "read" => (
                "x-ms-ratelimit-remaining-subscription-reads",
                "x-ms-ratelimit-remaining-subscription-global-reads",
            ),
            "write" => (
                "x-ms-ratelimit-remaining-subscription-writes",
                "x-ms-ratelimit-remaining-subscription-global-writes",
            ),
            _ => (
                "x-ms-ratelimit-remaining-subscription-deletes",
                "x-ms-ratelimit-remaining-subscription-global-deletes",
            ),
        };
        answer
            .with(own, &self.own.to_string())
            .with(global, &self.global.to_string())
    }
}

fn whole(tokens: u128) -> u32 {
    u32::try_from(tokens / NANOS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &Method = &Method::GET;

    fn ask<'a>(subscription: &'a str, principal: &'a str, method: &'a Method) -> Ask<'a> {
        Ask {
            subscription,
            principal,
            method,
        }
    }

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// Counts the requests that pass at one moment.
    fn burst(buckets: &mut Buckets, now: Duration, asked: &Ask<'_>) -> u32 {
        let passes = |_: &u32| buckets.take(now, asked).is_ok();
        u32::try_from((0..10_000).take_while(passes).count()).unwrap()
    }

    #[test]
    fn sizes_and_rates_are_the_published_ones() {
        let put = Method::PUT;
        let rows = [(READ, 250, 25), (&put, 200, 10), (&Method::DELETE, 200, 10)];
        for (method, size, rate) in rows {
            let mut buckets = Buckets::new(Throttle::default());
            let asked = ask("s", "p", method);
            assert_eq!(burst(&mut buckets, seconds(0), &asked), size);
            // The refusal closed it for ten seconds, in which tokens come back.
            assert_eq!(burst(&mut buckets, seconds(10), &asked), 10 * rate);
            assert_eq!(
                burst(&mut buckets, seconds(1000), &asked),
                size,
                "never more than it holds"
            );
        }
    }

    #[test]
    fn subscriptions_principals_and_classes_have_own_buckets() {
        let mut buckets = Buckets::new(Throttle::default());
        let asked = ask("s", "p", READ);
        burst(&mut buckets, seconds(0), &asked);
        let others = [
            ask("t", "p", READ),
            ask("s", "q", READ),
            ask("s", "p", &Method::PATCH),
        ];
        for other in &others {
            assert!(buckets.take(seconds(0), other).is_ok());
        }
        assert!(
            buckets.take(seconds(0), &ask("S", "p", READ)).is_err(),
            "without case"
        );
    }

    #[test]
    fn all_principals_share_fifteen_times_the_limit() {
        let mut buckets = Buckets::new(Throttle::default());
        let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let total: u32 = names
            .iter()
            .map(|name| burst(&mut buckets, seconds(0), &ask("s", name, READ)))
            .sum();
        assert_eq!(total, 15 * 250);
    }

    #[test]
    fn early_request_starts_the_wait_again() {
        let mut buckets = Buckets::new("reads=1/1,wait=10".parse().unwrap());
        let asked = ask("s", "p", READ);
        let passes = |at: u64, buckets: &mut Buckets| buckets.take(seconds(at), &asked).is_ok();
        let rows = [
            (0, true),
            (0, false),
            (9, false),
            (18, false),
            (28, true),
            (29, true),
        ];
        for (at, want) in rows {
            assert_eq!(passes(at, &mut buckets), want, "{at}");
        }
    }

    #[test]
    fn remaining_tokens_are_counted() {
        let mut buckets = Buckets::new(Throttle::default());
        let left = buckets.take(seconds(0), &ask("s", "p", READ)).unwrap();
        let want = Remaining {
            own: 249,
            global: 3749,
            kind: "read",
        };
        assert_eq!(left, want);
    }

    #[test]
    fn limits_parse_and_mistakes_are_refused() {
        let limits: Throttle = "writes=5/1,wait=0".parse().unwrap();
        assert_eq!((limits.writes.size, limits.wait, limits.reads.size), (5, 0, 250));
        assert_eq!("".parse(), Ok(Throttle::default()));
        for bad in [
            "reads",
            "reads=5",
            "reads=x/1",
            "tokens=1/1",
            "wait=-1",
            "reads=0/0",
            "writes=0/5",
            "global=0",
            "reads=5/1,reads=6/1",
            "wait=1,wait=1",
        ] {
            assert!(bad.parse::<Throttle>().is_err(), "{bad}");
        }
    }
}
