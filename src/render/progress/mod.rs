//! Progress on stderr: one bar on a terminal, a line every few seconds elsewhere.

mod bar;
mod log;
mod task;

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use bar::Bar;
use log::Log;
pub use task::{Activity, FEW, Task, Throttled};

/// Time between two lines of a log.
const EVERY: Duration = Duration::from_secs(5);

/// The form of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// A bar that moves; only for a terminal.
    Bar,
    /// Lines that stay.
    Log,
}

/// The progress of a run. Clones share it.
#[derive(Clone)]
pub struct Progress {
    sink: Sink,
}

#[derive(Clone)]
enum Sink {
    Quiet,
    Bar(Arc<Bar>),
    Log(Arc<Log>),
}

impl Progress {
    /// Shows progress on stderr, or none if `quiet` is true. `width` is that of the terminal.
    pub fn new(style: ProgressStyle, quiet: bool, width: Option<usize>) -> Self {
        let sink = match (quiet, style) {
            (true, _) => Sink::Quiet,
            (_, ProgressStyle::Log) => return Self::log(io::stderr(), EVERY),
            (_, ProgressStyle::Bar) => Sink::Bar(Arc::new(Bar::new(width))),
        };
        Self { sink }
    }

    /// Writes a line to `out` every so often.
    pub(crate) fn log(out: impl Write + Send + 'static, every: Duration) -> Self {
        Self {
            sink: Sink::Log(Log::new(out, every)),
        }
    }

    /// Begins to show a task, in the place of the one before.
    pub fn begin(&self, task: &Task) {
        match &self.sink {
            Sink::Quiet => {}
            Sink::Bar(bar) => bar.begin(task),
            Sink::Log(log) => log.begin(task),
        }
    }

    /// Shows the new state of the task.
    pub fn show(&self, task: &Task) {
        match &self.sink {
            Sink::Quiet => {}
            Sink::Bar(bar) => bar.show(task),
            Sink::Log(log) => log.show(task),
        }
    }

    /// Runs something that writes to the terminal itself, such as a question. The bar is taken away meanwhile.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.sink {
            Sink::Bar(bar) => bar.suspend(write),
            Sink::Quiet | Sink::Log(_) => write(),
        }
    }

    /// Ends the task and takes the bar away. Called before results are printed.
    pub fn clear(&self) {
        match &self.sink {
            Sink::Quiet => {}
            Sink::Bar(bar) => bar.clear(),
            Sink::Log(log) => log.clear(),
        }
    }

    /// Ends the task, and shows no other one. Called before the process ends while another thread works.
    pub fn close(&self) {
        match &self.sink {
            Sink::Quiet => {}
            Sink::Bar(bar) => bar.close(),
            Sink::Log(log) => log.clear(),
        }
    }
}
