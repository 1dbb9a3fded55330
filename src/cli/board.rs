//! Progress of a run: what each registry is doing, and what the client waits for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{Event, Observer};
use crate::model::RegistryId;
use crate::render::{Line, Progress};

/// A line per registry; what belongs to none, such as a subnet, gets one of its own.
pub(super) struct Board {
    progress: Progress,
    /// By id in lower case.
    lines: Mutex<BTreeMap<String, Arc<Line>>>,
}

impl Board {
    pub(super) fn new(progress: Progress) -> Self {
        Self {
            progress,
            lines: Mutex::default(),
        }
    }

    pub(super) fn say(&self, id: &RegistryId, what: &str) {
        self.line(id.key(), id.name()).say(what);
    }

    /// Ends every line.
    pub(super) fn clear(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.progress.clear();
    }

    fn line(&self, key: &str, name: &str) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .entry(key.to_owned())
            .or_insert_with(|| Arc::new(self.progress.registry(name)))
            .clone()
    }
}

impl Observer for Board {
    fn notice(&self, event: &Event) {
        let (resource, state, wait) = match event {
            Event::Polling {
                resource,
                status,
                wait,
            } => (
                resource,
                format!("waiting: {}", status.as_deref().unwrap_or("in progress")),
                wait,
            ),
            Event::Retrying {
                resource,
                reason,
                wait,
                ..
            } => (resource, format!("{reason}, trying again"), wait),
        };
        let name = resource.rsplit('/').next().unwrap_or(resource);
        self.line(&resource.to_ascii_lowercase(), name)
            .say_with(&state, &format!("in {} s", wait.as_secs()));
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}
