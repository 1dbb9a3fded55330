//! Measurements of a run: its requests by kind, its waits, and its slowest registries.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::critical_path::RequestTimes;
use super::slowest::SlowestRegistries;
use super::trace::Trace;
use crate::azure::{AnsweredRequest, RequestKind, WaitEvent};
use crate::model::grouped;
use crate::render::safe;
use crate::run::ProgressEvent;

/// Status of a request that came too early.
const TOO_MANY: u16 = 429;

/// The measurements of a run so far.
#[derive(Debug)]
pub(crate) struct Measurements {
    start: Instant,
    state: Mutex<Measured>,
}

#[derive(Debug, Default)]
struct Measured {
    sent: BTreeMap<RequestKind, u64>,
    /// Requests that ARM answered with 429.
    refused: u64,
    /// Requests that were sent once more.
    sent_again: u64,
    /// Subscriptions whose requests had to wait.
    throttled: BTreeSet<String>,
    /// The longest wait of one request before it was sent.
    longest_wait: Duration,
    /// The last wait before another try of a request, by its path.
    retry_waits: BTreeMap<String, Duration>,
    times: RequestTimes,
    slowest: SlowestRegistries,
    trace: Option<Trace>,
}

impl Measurements {
    /// Begins to measure now.
    pub(super) fn begin() -> Self {
        Self {
            start: Instant::now(),
            state: Mutex::default(),
        }
    }

    /// Writes each request to this trace from now on.
    pub(super) fn trace_to(&self, trace: Trace) {
        self.state().trace = Some(trace);
    }

    /// Takes news of a registry.
    pub(super) fn note(&self, event: ProgressEvent<'_>) {
        let now = Instant::now();
        match event {
            ProgressEvent::Begun { .. } => {}
            ProgressEvent::Doing { registry, .. } => self.state().slowest.begin(registry, now),
            ProgressEvent::Ended { registry } => self.state().slowest.end(registry, now),
        }
    }

    /// Takes a wait.
    pub(super) fn notice(&self, event: &WaitEvent) {
        if let WaitEvent::Retrying { resource, wait, .. } = event {
            let mut state = self.state();
            state.sent_again += 1;
            state.retry_waits.insert(resource.clone(), *wait);
        }
    }

    /// Takes the news that requests to a subscription wait.
    pub(super) fn throttled(&self, subscription: &str) {
        self.state().throttled.insert(subscription.to_owned());
    }

    /// Takes a request that has ended.
    pub(super) fn answered(&self, request: &AnsweredRequest<'_>) {
        let mut state = self.state();
        let before = state.retry_waits.remove(request.path).unwrap_or_default();
        let request = &AnsweredRequest {
            waited: request.waited + before,
            ..*request
        };
        *state.sent.entry(request.kind).or_default() += 1;
        state.refused += u64::from(request.status == Some(TOO_MANY));
        state.longest_wait = state.longest_wait.max(request.waited);
        state.times.add(request);
        if let Some(trace) = &mut state.trace {
            trace.add(request);
        }
    }

    /// Ends the trace, and returns the summary of the requests, if there were any.
    ///
    /// # Errors
    /// The trace could not be written.
    pub(super) fn end(&self) -> io::Result<Option<String>> {
        let mut state = self.state();
        if let Some(trace) = state.trace.take() {
            trace.end()?;
        }
        let sent = !state.sent.is_empty();
        Ok(sent.then(|| state.summary(self.start.elapsed())))
    }

    fn state(&self) -> MutexGuard<'_, Measured> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Measured {
    /// Returns the lines of the summary, after a run of this length.
    fn summary(&mut self, wall: Duration) -> String {
        let mut counts = Vec::new();
        for (kind, number) in &self.sent {
            counts.push(counted(*number, kind.name()));
        }
        let mut text = format!("requests: {}", counts.join(", "));
        if self.refused > 0 {
            text += &format!("; {} answered with 429", grouped(self.refused));
        }
        if self.sent_again > 0 {
            text += &format!("; {} sent again", grouped(self.sent_again));
        }
        text.push('\n');
        if !self.throttled.is_empty() {
            let number = counted(self.throttled.len() as u64, "subscription");
            let wait = seconds(self.longest_wait);
            text += &format!("throttled: {number}, one request waited up to {wait}\n");
        }
        let mut slowest = Vec::new();
        for (took, name) in self.slowest.kept() {
            slowest.push(format!("{} {}", safe(name), seconds(*took)));
        }
        if !slowest.is_empty() {
            text += &format!("slowest: {}\n", slowest.join(", "));
        }
        let path = self.times.critical_path();
        let number = counted(path.requests as u64, "request");
        text += &format!("critical path: {number}, {}", seconds(path.sent));
        if !path.waited.is_zero() {
            text += &format!(" and {} of waits", seconds(path.waited));
        }
        text + &format!("\ntime: {}\n", seconds(wall))
    }
}

/// Returns a number with its noun, such as `3 reads`.
fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegistryId;

    #[test]
    fn summary_counts_requests_and_names_waits() {
        let measurements = Measurements::begin();
        measurements.notice(&WaitEvent::Retrying {
            resource: "/subscriptions/a".to_owned(),
            reason: "429".to_owned(),
            tries: 1,
            wait: Duration::from_secs(16),
        });
        for (kind, status, waited) in [
            (RequestKind::Read, Some(200), 1),
            (RequestKind::Read, Some(429), 0),
            (RequestKind::Read, None, 0),
            (RequestKind::Write, Some(200), 2),
        ] {
            measurements.answered(&AnsweredRequest {
                method: "GET",
                path: "/subscriptions/a",
                subscription: Some("a"),
                kind,
                status,
                began: measurements.start,
                took: Duration::from_millis(50),
                waited: Duration::from_secs(waited),
            });
        }
        let wait = Duration::from_secs(17);
        measurements.throttled("a");
        let id = RegistryId::new("s", "g", "contoso").unwrap();
        let mut state = measurements.state();
        state.slowest.begin(&id, measurements.start);
        state.slowest.end(&id, measurements.start + wait);
        assert_eq!(
            state.summary(Duration::from_millis(21_340)),
            "requests: 3 reads, 1 write; 1 answered with 429; 1 sent again\n\
             throttled: 1 subscription, one request waited up to 17.0 s\n\
             slowest: contoso 17.0 s\n\
             critical path: 1 request, 0.1 s and 2.0 s of waits\n\
             time: 21.3 s\n"
        );
    }

    #[test]
    fn run_without_requests_has_no_summary() {
        assert_eq!(Measurements::begin().end().unwrap(), None);
    }
}
