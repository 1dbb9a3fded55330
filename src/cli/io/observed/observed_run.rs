//! The receiver of all news of a run.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::measurements::Measurements;
use super::registry_progress::RegistryProgress;
use super::trace::Trace;
use crate::azure::{AnsweredRequest, RequestObserver, WaitEvent};
use crate::render::Progress;
use crate::run::ProgressEvent;

/// The progress of a run, and its measurements.
#[derive(Debug)]
pub(crate) struct ObservedRun {
    progress: RegistryProgress,
    measurements: Measurements,
}

impl ObservedRun {
    /// Begins to measure.
    pub(crate) fn new(progress: Progress) -> Self {
        Self {
            progress: RegistryProgress::new(progress),
            measurements: Measurements::begin(),
        }
    }

    /// Writes each request to this file from now on.
    pub(crate) fn trace_to(&self, file: &Path) -> io::Result<()> {
        self.measurements.trace_to(Trace::create(file)?);
        Ok(())
    }

    /// Takes news of a registry.
    pub(crate) fn show(&self, event: ProgressEvent<'_>) {
        self.measurements.note(event);
        self.progress.show(event);
    }

    /// Ends the task that is shown.
    pub(crate) fn clear(&self) {
        self.progress.clear();
    }

    /// Ends the trace, and returns the summary of the requests, if there were any.
    ///
    /// # Errors
    /// The trace could not be written.
    pub(crate) fn end(&self) -> io::Result<Option<String>> {
        self.measurements.end()
    }
}

impl RequestObserver for ObservedRun {
    fn notice(&self, event: &WaitEvent) {
        self.measurements.notice(event);
        self.progress.notice(event);
    }

    fn throttled(&self, subscription: &str, wait: Duration) {
        self.measurements.throttled(subscription);
        self.progress.throttled(subscription, wait);
    }

    fn answered(&self, request: &AnsweredRequest<'_>) {
        self.measurements.answered(request);
    }
}
