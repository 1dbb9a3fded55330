//! The file of `--timings`: a trace that Perfetto and the browsers' trace viewers open.
//!
//! It is an array of JSON objects in the Trace Event Format of Chromium, one on each line. A subscription is a process of the
//! trace. Requests that overlap are on threads of their own, because a viewer nests what is on one thread.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::azure::AnsweredRequest;
use crate::render::safe_json;

/// A trace that is being written.
pub(crate) struct Trace {
    out: BufWriter<Box<dyn Write + Send>>,
    start: Instant,
    /// By subscription; those without one are together.
    lanes: BTreeMap<String, Lanes>,
    /// The first write that failed. Nothing is written after it.
    failed: Option<io::Error>,
    is_empty: bool,
}

/// The threads of one subscription.
struct Lanes {
    process: usize,
    /// The end of the last request of each thread.
    ends: Vec<Instant>,
}

impl Trace {
    /// Makes the file, or replaces it.
    pub(crate) fn create(file: &Path) -> io::Result<Self> {
        Ok(Self::to(File::create(file)?))
    }

    fn to(out: impl Write + Send + 'static) -> Self {
        Self {
            out: BufWriter::new(Box::new(out)),
            start: Instant::now(),
            lanes: BTreeMap::new(),
            failed: None,
            is_empty: true,
        }
    }

    /// Adds a request that has ended.
    pub(crate) fn add(&mut self, request: &AnsweredRequest<'_>) {
        let subscription = request.subscription.unwrap_or_default();
        if !self.lanes.contains_key(subscription) {
            self.begin_process(subscription);
        }
        let Some(lanes) = self.lanes.get_mut(subscription) else {
            return;
        };
        let (process, lane) = (lanes.process, lanes.take(request));
        let last = request.path.rsplit('/').next().unwrap_or_default();
        let event = json!({
            "name": format!("{} {last}", request.method),
            "cat": request.kind.name(),
            "ph": "X",
            "ts": micros(request.began.saturating_duration_since(self.start)),
            "dur": micros(request.took),
            "pid": process,
            "tid": lane,
            "args": {
                "path": request.path,
                "status": request.status,
                "waitedMs": millis(request.waited),
            }
        });
        self.write(&event);
    }

    /// Names a subscription in the trace.
    fn begin_process(&mut self, subscription: &str) {
        let process = self.lanes.len() + 1;
        let name = match subscription {
            "" => "no subscription".to_owned(),
            id => format!("subscription {id}"),
        };
        self.write(&json!({
            "name": "process_name", "ph": "M", "pid": process, "tid": 0, "args": {"name": name}
        }));
        let ends = Vec::new();
        self.lanes
            .insert(subscription.to_owned(), Lanes { process, ends });
    }

    fn write(&mut self, event: &Value) {
        if self.failed.is_some() {
            return;
        }
        let before = if self.is_empty { "[\n" } else { ",\n" };
        self.is_empty = false;
        let line = safe_json(&event.to_string());
        if let Err(error) = write!(self.out, "{before}{line}") {
            self.failed = Some(error);
        }
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// A part of it could not be written.
    pub(crate) fn end(mut self) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let end = if self.is_empty { "[]\n" } else { "\n]\n" };
        self.out.write_all(end.as_bytes())?;
        self.out.flush()
    }
}

impl Lanes {
    /// Takes the first thread on which nothing overlaps the request.
    fn take(&mut self, request: &AnsweredRequest<'_>) -> usize {
        let end = request.began + request.took;
        for (lane, last) in self.ends.iter_mut().enumerate() {
            if *last <= request.began {
                *last = end;
                return lane;
            }
        }
        self.ends.push(end);
        self.ends.len() - 1
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::azure::RequestKind;

    /// A file in memory.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(requests: &[(u64, u64, Option<&str>)]) -> Value {
        let file = Shared::default();
        let mut trace = Trace::to(file.clone());
        for (began, took, subscription) in requests {
            trace.add(&AnsweredRequest {
                method: "GET",
                path: "/subscriptions/a/registries/con\u{1b}toso",
                subscription: *subscription,
                kind: RequestKind::Read,
                status: Some(200),
                began: trace.start + Duration::from_millis(*began),
                took: Duration::from_millis(*took),
                waited: Duration::from_millis(7),
            });
        }
        trace.end().unwrap();
        let text = file.0.lock().unwrap().clone();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn trace_without_requests_is_an_array() {
        assert_eq!(written(&[]), json!([]));
    }

    #[test]
    fn requests_that_overlap_are_on_threads_of_their_own() {
        let a = Some("a");
        let trace = written(&[(0, 10, a), (5, 10, a), (10, 10, a), (12, 5, None), (15, 5, a)]);
        let mut lanes = Vec::new();
        for event in trace.as_array().unwrap() {
            if event["ph"] == "X" {
                lanes.push((event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap()));
            }
        }
        assert_eq!(lanes, [(1, 0), (1, 1), (1, 0), (2, 0), (1, 1)]);
        let second = &trace[2];
        assert_eq!((&second["ts"], &second["dur"]), (&json!(5000), &json!(10_000)));
        assert_eq!(second["args"]["status"], 200);
        assert_eq!(trace[0]["args"]["name"], "subscription a");
    }

    #[test]
    fn failed_write_is_told_at_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(
            Trace::to(Full).end().unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
    }
}
