//! What every command works with.

use super::color::{self, Stream};
use super::globals::{Globals, Repeated};
use super::logging;
use super::output::{Format, Outputs};
use crate::error::{Error, Exit};
use crate::render::diagnostic::Look;
use crate::render::{Document, Paint, Progress, ProgressStyle};

/// The checked global flags, where results go, and where everything else goes.
pub struct Context {
    pub globals: Globals,
    pub outputs: Outputs,
    /// For text on stderr.
    pub paint: Paint,
    pub progress: Progress,
}

impl Context {
    /// Checks the global flags before anything else happens.
    pub(super) fn new(globals: Globals, repeated: Repeated, formats: &[Format]) -> Result<Self, Error> {
        let paint = |stream| Paint::new(color::decide(globals.color, stream));
        let outputs = Outputs::new(repeated.output, formats, paint(Stream::Stdout))?;
        logging::start(
            repeated.verbose,
            globals.quiet,
            color::decide(globals.color, Stream::Stderr),
        );
        let lines = Stream::Stderr.is_terminal() && repeated.verbose == 0;
        let style = if lines {
            ProgressStyle::Lines
        } else {
            ProgressStyle::Plain
        };
        let progress = Progress::new(style, globals.quiet);
        Ok(Self {
            outputs,
            paint: paint(Stream::Stderr),
            progress,
            globals,
        })
    }

    /// Writes a result, with the progress out of its way.
    pub fn write(&self, document: &dyn Document) -> Result<(), Error> {
        self.progress.clear();
        self.outputs.write(document)
    }

    /// Shows the plan before the question. People read it where they read the result; where a program reads stdout,
    /// on stderr.
    pub fn preview(&self, document: &dyn Document) -> Result<(), Error> {
        self.progress.clear();
        if !self.outputs.preview(document)? && !self.globals.quiet {
            self.tell(&(document.text(self.paint) + "\n"));
        }
        Ok(())
    }

    /// How diagnostics look on stderr.
    pub(super) fn look(&self) -> Look {
        let unicode = Stream::Stderr.is_terminal();
        Look {
            color: self.paint == Paint::new(true),
            unicode,
            width: 120,
        }
    }

    /// Says why there is no result: to people on stderr, to programs in the place of the result.
    pub(super) fn fail(&self, error: &Error) -> Exit {
        self.progress.clear();
        if let Err(second) = self.outputs.write_failure(error) {
            complain(&second, self.paint);
        }
        complain(error, self.paint)
    }

    /// Writes to people, on stderr.
    pub fn tell(&self, text: &str) {
        self.progress.suspend(|| tell(text));
    }
}

/// Writes an error to stderr.
pub(super) fn complain(error: &Error, paint: Paint) -> Exit {
    tell(&error.text(paint));
    error.exit()
}

fn tell(text: &str) {
    use std::io::Write;
    // There is nowhere left to say that stderr is closed.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
