//! What every command works with.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::atomic_file::can_be_made;
use super::color::{self, Stream};
use super::logging;
use super::output::{Format, Outputs};
use super::protected_files::Inputs;
use crate::cli::args::globals::{Globals, Repeated};
use crate::error::{Error, Exit};
use crate::model::{ErrorCode, Failure};
use crate::render::{Document, Paint, Progress, ProgressStyle};

/// The checked global flags, where results go, and where everything else goes.
pub struct Context {
    pub globals: Globals,
    pub outputs: Outputs,
    /// For text on stderr.
    pub paint: Paint,
    pub progress: Progress,
    /// Whether a result was written, wholly or in part.
    answered: AtomicBool,
}

impl Context {
    /// Checks the global flags before anything else happens. With the error comes a context that can tell of it.
    pub(crate) fn new(
        globals: Globals,
        repeated: &Repeated,
        formats: &[Format],
        specs: &[&Path],
    ) -> (Self, Result<(), Error>) {
        let paint = |stream: Stream| {
            Paint::new(color::decide(globals.color, stream)).with_unicode(stream.is_terminal())
        };
        let inputs = inputs(&globals, specs);
        let log = globals.request_log.as_deref();
        let (outputs, checked) = Outputs::new(
            &repeated.output,
            formats,
            &inputs.clone().file("the request log", log),
            paint(Stream::Stdout),
        );
        let colored = color::decide(globals.color, Stream::Stderr);
        logging::start(repeated.verbose, globals.quiet, colored);
        let checked = checked.and_then(|()| check_log(&globals, &inputs));
        let context = Self {
            outputs,
            paint: paint(Stream::Stderr),
            progress: Progress::new(progress_style(repeated), globals.quiet),
            answered: AtomicBool::new(false),
            globals,
        };
        (context, checked)
    }

    /// Writes a result, with the progress out of its way. It is written to every output that takes it; the error is
    /// that of the first one that does not.
    pub fn write(&self, document: &dyn Document) -> Result<(), Error> {
        self.progress.clear();
        self.answered.store(true, Ordering::Relaxed);
        self.outputs.write(document)
    }

    /// The same for bytes that have one form only, such as a schema.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.answered.store(true, Ordering::Relaxed);
        self.outputs.write_bytes(bytes)
    }

    /// The same for bytes that nobody else on this machine may read.
    pub(crate) fn write_secret(&self, bytes: &[u8]) -> Result<(), Error> {
        self.answered.store(true, Ordering::Relaxed);
        self.outputs.write_secret(bytes)
    }

    /// Shows the plan before it is applied. People read it where they read the result; where a program reads stdout,
    /// on stderr, which only `even_if_quiet` does with `--quiet`: whoever is asked must have seen what about.
    pub fn preview(&self, document: &dyn Document, even_if_quiet: bool) -> Result<(), Error> {
        self.progress.clear();
        if !self.outputs.preview(document)? && (even_if_quiet || !self.globals.quiet) {
            self.tell(&(document.text(self.paint) + "\n"));
        }
        Ok(())
    }

    /// Says why there is no result: to people on stderr, to programs in the place of the result. Where a result was
    /// written, it stays.
    pub(crate) fn fail(&self, error: &Error) -> Exit {
        self.progress.clear();
        if !self.answered.load(Ordering::Relaxed)
            && let Err(second) = self.outputs.write_failure(error)
        {
            complain(&second, self.paint);
        }
        complain(error, self.paint)
    }

    /// Says on stderr what went wrong beside a result that there is, such as an output that could not be written.
    pub fn complain(&self, error: &Error) {
        self.progress.suspend(|| complain(error, self.paint));
    }

    /// Writes to people, on stderr.
    pub fn tell(&self, text: &str) {
        self.progress.suspend(|| tell(text));
    }
}

/// What no result may be written over. The request log comes later: it must not be one of these either.
fn inputs(globals: &Globals, specs: &[&Path]) -> Inputs {
    let state = globals.sandbox.as_ref().and_then(Option::as_deref);
    Inputs::default()
        .specs(specs.iter().copied())
        .file("the sandbox's state", state)
        .file("the CA file", globals.ca_file.as_deref())
        .file("the faults", globals.faults.as_deref())
        .file("the conditions", globals.conditions.as_deref())
}

fn check_log(globals: &Globals, inputs: &Inputs) -> Result<(), Error> {
    let Some(log) = &globals.request_log else {
        return Ok(());
    };
    if let Some(role) = inputs.role(log) {
        return Err(Error::usage(
            format!("request log `{}` would be written over {role}", log.display()),
            "name another file: --request-log FILE",
        ));
    }
    can_be_made(log).map_err(|source| unwritable_log(log, &source))
}

fn unwritable_log(log: &Path, source: &io::Error) -> Error {
    Error::Failed(
        Failure::new(
            ErrorCode::RequestLogNotWritable,
            format!("request log `{}` cannot be written: {source}", log.display()),
        )
        .with_help("give `--request-log` a file in a folder that exists and is writable"),
    )
}

fn progress_style(repeated: &Repeated) -> ProgressStyle {
    if Stream::Stderr.is_terminal() && repeated.verbose == 0 {
        ProgressStyle::Lines
    } else {
        ProgressStyle::Plain
    }
}

/// Writes an error to stderr.
fn complain(error: &Error, paint: Paint) -> Exit {
    tell(&error.text(paint));
    error.exit()
}

/// Writes to stderr, where there is no progress in the way.
pub(crate) fn tell(text: &str) {
    use std::io::Write;
    // There is nowhere left to say that stderr is closed.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
