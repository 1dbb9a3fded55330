//! Lines in a log: one when a task begins, then one every few seconds until it ends.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::task::{Task, pace, waits_for};
use crate::model::grouped;

/// The log, and the task that it tells of.
pub(super) struct Log {
    state: Mutex<State>,
    changed: Condvar,
    every: Duration,
}

struct State {
    out: Box<dyn Write + Send>,
    /// The task and its start; `None` between two tasks.
    task: Option<(Task, Instant)>,
    /// True while a thread writes lines.
    watched: bool,
}

impl Log {
    /// Returns a log without a task.
    pub(super) fn new(out: impl Write + Send + 'static, every: Duration) -> Arc<Self> {
        let state = State {
            out: Box::new(out),
            task: None,
            watched: false,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            every,
        })
    }

    /// Writes that a task begins, and starts the thread that writes the lines after it. A task without registries is not
    /// worth a line.
    pub(super) fn begin(self: &Arc<Self>, task: &Task) {
        let mut state = self.state();
        if task.registries == 0 {
            state.task = None;
            return;
        }
        let noun = if task.registries == 1 {
            "registry"
        } else {
            "registries"
        };
        let number = grouped(task.registries as u64);
        state.say(&format!("{} {number} {noun}", task.name));
        state.task = Some((task.clone(), Instant::now()));
        if !state.watched {
            let log = self.clone();
            // Without a thread the log has fewer lines, and the run goes on.
            state.watched = thread::Builder::new().spawn(move || log.watch()).is_ok();
        }
    }

    pub(super) fn show(&self, task: &Task) {
        if let Some((shown, _)) = &mut self.state().task {
            shown.clone_from(task);
        }
    }

    /// Ends the task. No line about it is written any more.
    pub(super) fn clear(&self) {
        self.state().task = None;
        self.changed.notify_all();
    }

    /// Writes a line every few seconds, until the last task ends.
    fn watch(&self) {
        let mut state = self.state();
        while state.task.is_some() {
            let waited = self.changed.wait_timeout(state, self.every);
            let (next, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if let Some((task, since)) = &state.task
                && waited.timed_out()
            {
                let line = line(task, since.elapsed());
                state.say(&line);
            }
        }
        state.watched = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn say(&mut self, line: &str) {
        // A run goes on when its progress can no longer be written.
        let _ = writeln!(self.out, "{line}");
    }
}

/// Returns a line such as `reading: 12 of 40 after 34 s, 0.4/s, 79 s left, contoso: waiting: Updating, 7 more`.
fn line(task: &Task, since: Duration) -> String {
    let Task {
        name,
        registries,
        ended,
        ..
    } = task;
    let pace = pace(*ended, *registries, since, task.throttled.is_some());
    let [ended, registries] = [*ended, *registries].map(|number| grouped(number as u64));
    let mut text = format!("{name}: {ended} of {registries} after {} s", since.as_secs());
    let mut parts = waits_for(task);
    parts.insert(0, pace);
    for part in parts {
        if !part.is_empty() {
            text += &format!(", {part}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::super::task::Activity;
    use super::*;

    /// A writer that hands on each line.
    struct Lines(Sender<String>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.send(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn reading(ended: usize) -> Task {
        Task {
            name: "reading",
            registries: 2,
            ended,
            activities: vec![Activity::new("contoso", "reading")],
            ..Task::default()
        }
    }

    /// Waits for a line with this text.
    fn wait_for(lines: &Receiver<String>, text: &str) {
        let mut said = String::new();
        while !said.contains(text) {
            said += &lines.recv().unwrap();
        }
    }

    #[test]
    fn task_has_a_line_at_once_and_then_every_so_often() {
        let (sender, lines) = channel();
        let log = Log::new(Lines(sender), Duration::from_millis(1));
        log.begin(&reading(0));
        wait_for(&lines, "reading 2 registries\n");
        wait_for(&lines, "reading: 0 of 2 after 0 s, contoso: reading\n");
        log.show(&reading(1));
        wait_for(&lines, "reading: 1 of 2 after ");
        log.clear();
        // The thread drops the last line's sender with the log.
        drop(log);
        while lines.recv().is_ok() {}
    }

    #[test]
    fn short_task_has_one_line() {
        let (sender, lines) = channel();
        let log = Log::new(Lines(sender), Duration::from_hours(24));
        log.begin(&reading(0));
        log.show(&reading(1));
        log.clear();
        drop(log);
        let said: String = lines.iter().collect();
        assert_eq!(said, "reading 2 registries\n");
    }
}
