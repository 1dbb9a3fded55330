//! Progress on stderr: one moving line per registry on a terminal, one plain line per change of state elsewhere.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use super::safe;

/// The form of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// Lines that move; only for a terminal.
    Lines,
    /// A line per change of state.
    Plain,
}

/// The progress of all registries. Clones share it.
#[derive(Clone)]
pub struct Progress {
    sink: Sink,
}

#[derive(Clone)]
enum Sink {
    Quiet,
    Lines(MultiProgress),
    Plain(Arc<Mutex<dyn Write + Send>>),
}

/// The progress of one registry. The line goes away when it is dropped.
pub struct ProgressLine {
    name: String,
    sink: LineSink,
}

enum LineSink {
    Quiet,
    Bar {
        bar: ProgressBar,
        lines: MultiProgress,
    },
    Plain {
        out: Arc<Mutex<dyn Write + Send>>,
        last: Mutex<String>,
    },
}

impl Progress {
    /// Shows progress on stderr, or none if `quiet` is true.
    pub fn new(style: ProgressStyle, quiet: bool) -> Self {
        let sink = match (quiet, style) {
            (true, _) => Sink::Quiet,
            (_, ProgressStyle::Plain) => Sink::Plain(Arc::new(Mutex::new(io::stderr()))),
            (_, ProgressStyle::Lines) => {
                Sink::Lines(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
            }
        };
        Self { sink }
    }

    /// Keeps plain progress for a test to read.
    #[cfg(test)]
    pub(crate) fn recorded() -> (Self, Arc<Mutex<Vec<u8>>>) {
        let out = Arc::new(Mutex::new(Vec::new()));
        let sink = Sink::Plain(out.clone());
        (Self { sink }, out)
    }

    /// Starts the line of a registry.
    pub fn registry(&self, name: &str) -> ProgressLine {
        let name = safe(name).into_owned();
        let sink = match &self.sink {
            Sink::Quiet => LineSink::Quiet,
            Sink::Plain(out) => LineSink::Plain {
                out: Arc::clone(out),
                last: Mutex::default(),
            },
            Sink::Lines(lines) => LineSink::Bar {
                bar: lines.add(bar(&name)),
                lines: lines.clone(),
            },
        };
        ProgressLine { name, sink }
    }

    /// Runs something that writes to the terminal itself, such as a question. The lines are taken away meanwhile.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.sink {
            Sink::Lines(lines) => lines.suspend(write),
            Sink::Quiet | Sink::Plain(_) => write(),
        }
    }

    /// Removes all lines. Called before results are printed.
    pub fn clear(&self) {
        if let Sink::Lines(lines) = &self.sink {
            // A closed terminal has no lines left to remove.
            let _ = lines.clear();
        }
    }
}

impl ProgressLine {
    /// Shows what is being done, such as `reading` or `waiting for subnet hub/build`.
    pub fn say(&self, state: &str) {
        self.show(state, None);
    }

    /// Shows what is being done with a detail that moves, such as `12 s`. Plain output shows the detail only when the state
    /// is new.
    pub fn say_with(&self, state: &str, detail: &str) {
        self.show(state, Some(detail));
    }

    /// Shows how it ended, and ends the line.
    pub fn done(self, state: &str) {
        self.show(state, None);
    }

    fn show(&self, state: &str, detail: Option<&str>) {
        let state = safe(state);
        // Names of resources come from files and from Azure.
        let message = match detail {
            Some(detail) => format!("{state} ({})", safe(detail)),
            None => state.clone().into_owned(),
        };
        match &self.sink {
            LineSink::Quiet => {}
            LineSink::Bar { bar, .. } => bar.set_message(message),
            LineSink::Plain { out, last } => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if *last == *state {
                    return;
                }
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                // A run goes on when its progress can no longer be written.
                let _ = writeln!(out, "{}  {message}", self.name);
                *last = state.into_owned();
            }
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let LineSink::Bar { bar, lines } = &self.sink {
            bar.finish_and_clear();
            // A bar that is only finished keeps its line on the screen until the next one is drawn.
            lines.remove(bar);
        }
    }
}

fn bar(name: &str) -> ProgressBar {
    let style = BarStyle::with_template("{spinner} {prefix}  {msg}")
        .expect("the template is a constant that a test draws");
    let bar = ProgressBar::new_spinner()
        .with_style(style)
        .with_prefix(name.to_owned());
    // The spinner turns while a request is waited for.
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(out: &Mutex<Vec<u8>>) -> String {
        String::from_utf8(out.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn plain_output_has_one_line_per_change_of_state() {
        let (progress, out) = Progress::recorded();
        let line = progress.registry("contoso");
        line.say("reading");
        line.say("reading");
        line.say_with("waiting for subnet hub/build", "1 s");
        line.say_with("waiting for subnet hub/build", "2 s");
        line.done("changed\u{1b}[2J");
        insta::assert_snapshot!(text(&out), @r"
        contoso  reading
        contoso  waiting for subnet hub/build (1 s)
        contoso  changed\u{1b}[2J
        ");
    }

    #[test]
    fn lines_of_several_threads_do_not_mix() {
        let (progress, out) = Progress::recorded();
        std::thread::scope(|scope| {
            for name in ["alpha", "bravo"] {
                let line = progress.registry(name);
                scope.spawn(move || (0..50).for_each(|n| line.say(&format!("state {n}"))));
            }
        });
        let text = text(&out);
        assert_eq!(text.lines().count(), 100);
        assert!(
            text.lines()
                .all(|line| line.starts_with("alpha  state ") || line.starts_with("bravo  state "))
        );
    }

    #[test]
    fn quiet_output_is_empty_and_lines_are_drawn() {
        Progress::new(ProgressStyle::Lines, true)
            .registry("contoso")
            .done("changed");
        let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let progress = Progress {
            sink: Sink::Lines(hidden),
        };
        progress.registry("contoso").say("reading");
        progress.clear();
    }
}
