//! The bar on a terminal.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::task::{FEW, Task, pace, waits_for};
use crate::render::fit::cut;

/// Width of a terminal that does not tell its own.
const USUAL_WIDTH: usize = 80;

/// A single bar, which is redrawn as a whole: lines of several bars leave remains on the screen.
pub(super) struct Bar {
    shown: Mutex<Shown>,
    width: usize,
    /// True while ARM throttles a subscription.
    throttled: Arc<AtomicBool>,
}

#[derive(Default)]
struct Shown {
    /// `None` between two tasks.
    bar: Option<ProgressBar>,
    /// True once no task is shown any more.
    closed: bool,
}

impl Bar {
    /// Returns a bar that is not shown yet.
    pub(super) fn new(width: Option<usize>) -> Self {
        Self {
            shown: Mutex::default(),
            width: width.unwrap_or(USUAL_WIDTH),
            throttled: Arc::default(),
        }
    }

    pub(super) fn begin(&self, task: &Task) {
        // Locked until the bar can be found: a bar that is drawn before that could not be taken away.
        let mut shown = self.lock();
        if let Some(before) = shown.bar.take() {
            before.finish_and_clear();
        }
        if !shown.closed {
            let bar = drawn(task, self.throttled.clone());
            bar.set_message(message(task, self.width));
            shown.bar = Some(bar);
        }
    }

    pub(super) fn show(&self, task: &Task) {
        self.throttled.store(task.throttled.is_some(), Ordering::Relaxed);
        if let Some(bar) = self.bar() {
            bar.set_message(message(task, self.width));
            bar.set_position(task.ended as u64);
        }
    }

    pub(super) fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match self.bar() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(super) fn clear(&self) {
        let bar = self.lock().bar.take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }

    /// Takes the bar away for good.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.clear();
    }

    fn bar(&self) -> Option<ProgressBar> {
        self.lock().bar.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Draws the bar of a task.
fn drawn(task: &Task, throttled: Arc<AtomicBool>) -> ProgressBar {
    // One registry needs no bar: its line says all.
    let template = match task.registries {
        1 => "{spinner} {prefix} {elapsed}{msg}",
        2..=FEW => "{spinner} {prefix} {pos}/{len} {elapsed}{msg}",
        _ => "{spinner} {prefix} [{bar:10}] {pos}/{len} {elapsed} {pace}{msg}",
    };
    let style = ProgressStyle::with_template(template)
        .expect("the templates are constants that a test draws")
        .with_key("pace", move |state: &ProgressState, out: &mut dyn Write| {
            write_pace(state, throttled.load(Ordering::Relaxed), out);
        })
        .progress_chars("=> ");
    let length = Some(task.registries as u64);
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr())
        .with_style(style)
        .with_prefix(task.name);
    // The spinner and the time move while a request is waited for.
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Writes rate and time left, which the bar draws again and again.
fn write_pace(state: &ProgressState, throttled: bool, out: &mut dyn Write) {
    let ended = usize::try_from(state.pos()).unwrap_or(usize::MAX);
    let registries = usize::try_from(state.len().unwrap_or_default()).unwrap_or(usize::MAX);
    // A bar that cannot be drawn stops no run.
    let _ = out.write_str(&pace(ended, registries, state.elapsed(), throttled));
}

/// Returns the lines below the counts: one for each activity if there are few registries, else what the task waits for.
fn message(task: &Task, width: usize) -> String {
    let mut lines = Vec::new();
    if task.registries > FEW {
        lines = waits_for(task);
    } else {
        for activity in &task.activities {
            lines.push(format!("{}  {}", activity.name, activity.doing));
        }
    }
    let mut text = String::new();
    for line in lines {
        text.push('\n');
        text += cut(&format!("  {line}"), width);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::task::Activity;
    use super::*;

    #[test]
    fn few_registries_have_a_line_each_that_fits() {
        let mut task = Task {
            name: "reading",
            registries: 2,
            ..Task::default()
        };
        task.activities = vec![
            Activity::new("contoso", "reading"),
            Activity::new("日本", "reading"),
        ];
        assert_eq!(message(&task, 80), "\n  contoso  reading\n  日本  reading");
        assert_eq!(message(&task, 6), "\n  con\n  日");
        task.registries = 40;
        assert_eq!(message(&task, 80), "\n  contoso: reading, 1 more");
    }

    #[test]
    fn bars_of_every_size_are_drawn() {
        for registries in [0, 1, 2, 4, 5, 1000] {
            let bar = Bar::new(None);
            bar.begin(&Task {
                name: "reading",
                registries,
                ..Task::default()
            });
            assert_eq!(bar.suspend(|| 7), 7);
            bar.clear();
        }
    }
}
