//! The surroundings of every command: flags, outputs, and the terminal.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::atomic_file::can_be_made;
use super::color::{self, Stream};
use super::interruption::SignalTeller;
use super::logging;
use super::observed::observed_run::ObservedRun;
use super::outputs::Outputs;
use super::protected_files::ProtectedFiles;
use super::stderr::tell;
use super::stdout::unless_reader_left;
use crate::apply::Report;
use crate::cli::args::globals::{Globals, Repeated};
use crate::cli::args::output::Format;
use crate::error::{Error, Exit};
use crate::model::{ErrorCode, Failure};
use crate::render::{Document, Paint, Progress, ProgressStyle, diagnostic};
use crate::run::SignalNotice;
use crate::spec::Diagnostic;

/// The checked global flags, the places of results, and the place of everything else.
pub(crate) struct Context {
    pub globals: Globals,
    /// Makes the parser of the whole command line, for manual pages and completions.
    pub parser: fn() -> clap::Command,
    outputs: Outputs,
    /// For text on stderr.
    paint: Paint,
    progress: Progress,
    pub(super) observed: Arc<ObservedRun>,
    /// True if the user wants to know what was sent.
    summarises: bool,
    /// True once a result was written, wholly or in part.
    answered: Arc<AtomicBool>,
    /// True if the result is about something that was written.
    written: AtomicBool,
}

impl Context {
    /// Checks the global flags before anything else happens. The context can report the error that comes with it.
    ///
    /// `formats` are those of the command, and `inputs` the files that it reads. `parser` makes the parser of the whole
    /// command line. `shows_all` is true if text shows each registry.
    pub(crate) fn new(
        globals: Globals,
        repeated: &Repeated,
        formats: &[Format],
        inputs: &[&Path],
        parser: fn() -> clap::Command,
        shows_all: bool,
    ) -> (Self, Result<(), Error>) {
        let ids = repeated.verbose > 0;
        let [out, err] = [Stream::Stdout, Stream::Stderr]
            .map(|stream| paint(&globals, stream).with_all(shows_all).with_ids(ids));
        // Check where results go.
        let protected = protected_files(&globals, inputs);
        let log = globals.request_log.as_deref();
        let (outputs, checked) = Outputs::new(
            &repeated.output,
            formats,
            &protected
                .clone()
                .file("the request log", log)
                .file("the timings", globals.timings.as_deref()),
            out,
        );
        // Start logs and progress, which share stderr.
        let colored = color::decide(globals.color, Stream::Stderr);
        logging::start(repeated.verbose, globals.quiet, colored);
        // The request log must not be one of the files that the run reads.
        let checked = checked.and_then(|()| check_log(&globals, &protected));
        let checked = checked.and_then(|()| check_timings(&globals, &protected));
        let width = Stream::Stderr.width();
        let progress = Progress::new(progress_style(repeated), globals.quiet, width);
        let context = Self {
            outputs,
            paint: err,
            observed: Arc::new(ObservedRun::new(progress.clone())),
            summarises: repeated.verbose > 0,
            progress,
            answered: Arc::default(),
            written: AtomicBool::default(),
            parser,
            globals,
        };
        let checked = checked.and_then(|()| context.begin_timings());
        (context, checked)
    }

    /// Begins the file of `--timings`.
    fn begin_timings(&self) -> Result<(), Error> {
        match &self.globals.timings {
            Some(file) => self
                .observed
                .trace_to(file)
                .map_err(|source| unwritten_timings(file, source)),
            None => Ok(()),
        }
    }

    /// Ends the measurements of the run, and tells the user of them with `-v`. Returns the exit of a run that ended with
    /// `exit`: one that has lost its timings is no success.
    pub(crate) fn end_measurements(&self, exit: Exit) -> Exit {
        match self.observed.end() {
            Ok(Some(summary)) if self.summarises && !self.globals.quiet => self.tell(&summary),
            Ok(_) => {}
            Err(source) => {
                let file = self.globals.timings.clone().unwrap_or_default();
                self.complain(&unwritten_timings(&file, source));
                return match exit {
                    Exit::Done if self.written.load(Ordering::Relaxed) => Exit::Partial,
                    Exit::Done | Exit::Differs => Exit::Failed,
                    other => other,
                };
            }
        }
        exit
    }

    /// Writes no results to stdout, which belongs to another program, and says so if one was asked for.
    pub(crate) fn leave_stdout(&mut self) {
        if let Some(format) = self.outputs.leave_stdout() {
            let name = format.name();
            self.tell(&format!(
                "warning: stdout belongs to the command, so no {name} is written: name a file, --output {name}=FILE\n"
            ));
        }
    }

    /// Writes a result to every output. The returned error is that of the first output that failed.
    pub(crate) fn write(&self, document: &dyn Document) -> Result<(), Error> {
        unless_reader_left(self.write_to_readers(document))
    }

    /// Writes a result that must not be lost to every output. A reader that has gone away is an error.
    pub(crate) fn write_to_readers(&self, document: &dyn Document) -> Result<(), Error> {
        self.progress.clear();
        self.answered.store(true, Ordering::Relaxed);
        self.outputs.write(document)
    }

    /// Writes the result of a run that may have `written` something. If the result is lost, people read on stderr what
    /// was done.
    ///
    /// # Errors
    /// The result could not be written, and it is about no change.
    pub(crate) fn write_after(&self, document: &dyn Document, written: bool) -> Result<Exit, Error> {
        self.written.fetch_or(written, Ordering::Relaxed);
        match self.write_to_readers(document) {
            Err(error) if written => {
                self.lose(document, &error);
                Ok(Exit::Partial)
            }
            other => unless_reader_left(other).map(|()| Exit::Done),
        }
    }

    /// Writes the report of an apply.
    ///
    /// # Errors
    /// As for [`Self::write`]. Where something was written, a reader that has gone away is an error too: it has not read the
    /// undo.
    pub(crate) fn write_report(&self, report: &Report) -> Result<(), Error> {
        let written = report.summary.written;
        self.written.fetch_or(written, Ordering::Relaxed);
        match written {
            true => self.write_to_readers(report),
            false => self.write(report),
        }
    }

    /// Tells people on stderr the result of a run that has written something, in the place of one that could not be written.
    pub(crate) fn lose(&self, document: &dyn Document, error: &Error) {
        self.complain(error);
        self.tell(&self.stderr_text(document));
    }

    /// Writes a result that has only the form for people, as [`Self::write_after`] does.
    ///
    /// # Errors
    /// As for [`Self::write_after`].
    pub(crate) fn write_text_after(&self, text: &str, written: bool) -> Result<Exit, Error> {
        self.answered.store(true, Ordering::Relaxed);
        match self.outputs.write_bytes(text.as_bytes()) {
            Err(error) if written => {
                self.complain(&error);
                self.tell(text);
                Ok(Exit::Partial)
            }
            other => unless_reader_left(other).map(|()| Exit::Done),
        }
    }

    /// Writes a result that has only one form, such as a schema.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.answered.store(true, Ordering::Relaxed);
        unless_reader_left(self.outputs.write_bytes(bytes))
    }

    /// Writes a result that no other user of this machine may read.
    pub(crate) fn write_secret(&self, bytes: &[u8]) -> Result<(), Error> {
        self.answered.store(true, Ordering::Relaxed);
        self.outputs.write_secret(bytes)
    }

    /// Shows a document before the result. If a program reads stdout, people read it on stderr; with `--quiet` only if
    /// `even_if_quiet` is true.
    pub(crate) fn preview(&self, document: &dyn Document, even_if_quiet: bool) -> Result<(), Error> {
        self.progress.clear();
        let shown = match self.outputs.preview(document) {
            Ok(shown) => shown,
            // The user who is asked next must have seen it.
            Err(error) => unless_reader_left(Err(error)).map(|()| !even_if_quiet)?,
        };
        if !shown && (even_if_quiet || !self.globals.quiet) {
            self.tell(&(self.stderr_text(document) + "\n"));
        }
        Ok(())
    }

    /// Shows people a result on stderr, unless they read it on stdout; with `--quiet` only if `even_if_quiet` is true.
    pub(crate) fn remark(&self, document: &dyn Document, even_if_quiet: bool) {
        self.progress.clear();
        if !self.outputs.are_read_by_people() && (even_if_quiet || !self.globals.quiet) {
            self.tell(&self.stderr_text(document));
        }
    }

    /// Shows people the warnings about a spec.
    pub(crate) fn warn(&self, warnings: &[Diagnostic]) {
        if !warnings.is_empty() && !self.globals.quiet {
            self.tell(&diagnostic::text(warnings, self.paint.look()));
        }
    }

    /// Tells people on stderr about a result that is not written for them.
    pub(crate) fn comment(&self, document: &dyn Document) {
        if !self.globals.quiet {
            self.tell(&self.stderr_text(document));
        }
    }

    /// Reports the error that leaves the run without a result: to people on stderr, to programs in the place of the
    /// result. A result that was written already stays.
    pub(crate) fn fail(&self, error: &Error) -> Exit {
        self.progress.clear();
        // A second document on the same output would make both unreadable.
        if !self.answered.load(Ordering::Relaxed)
            && let Err(second) = unless_reader_left(self.outputs.write_failure(error))
        {
            tell(&self.stderr_text(&second));
        }
        tell(&self.stderr_text(error));
        error.exit()
    }

    /// Writes the lists of findings of an error, which is the result of the command. [`Self::fail`] does the rest.
    pub(crate) fn write_findings(&self, error: &Error) -> Result<(), Error> {
        unless_reader_left(self.outputs.write_findings(error))
    }

    /// Reports an error beside a result, such as an output that could not be written.
    pub(crate) fn complain(&self, error: &Error) {
        self.progress.clear();
        self.tell(&self.stderr_text(error));
    }

    /// Writes to people, on stderr.
    pub(crate) fn tell(&self, text: &str) {
        self.progress.suspend(|| tell(text));
    }

    /// Returns a function that tells what a signal does. It can be called from another thread, after the context is gone.
    pub(crate) fn interruption_teller(&self) -> SignalNotice {
        let teller = SignalTeller {
            progress: self.progress.clone(),
            outputs: self.outputs.clone(),
            answered: self.answered.clone(),
            paint: self.paint,
            observed: self.observed.clone(),
            summarises: self.summarises && !self.globals.quiet,
        };
        Box::new(move |effect| teller.tell(effect))
    }

    /// Returns the paint of stderr.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    fn stderr_text(&self, document: &dyn Document) -> String {
        document.text(self.paint)
    }
}

/// Returns the abilities of a stream: colours, and Unicode on a terminal.
fn paint(globals: &Globals, stream: Stream) -> Paint {
    let colored = color::decide(globals.color, stream);
    Paint::new(colored)
        .with_unicode(stream.is_terminal())
        .with_width(stream.width())
}

/// Returns the files that no result may overwrite. The request log is checked against them, so it is added later.
fn protected_files(globals: &Globals, inputs: &[&Path]) -> ProtectedFiles {
    let state = match &globals.sandbox {
        Some(state) => state.as_deref(),
        None => None,
    };
    ProtectedFiles::default()
        .specs(inputs.iter().copied())
        .file("the sandbox's state", state)
        .file("the CA file", globals.ca_file.as_deref())
        .file("the faults", globals.faults.as_deref())
        .file("the conditions", globals.conditions.as_deref())
}

fn check_log(globals: &Globals, protected: &ProtectedFiles) -> Result<(), Error> {
    let Some(log) = &globals.request_log else {
        return Ok(());
    };
    if let Some(role) = protected.role(log) {
        return Err(Error::usage(
            format!("request log `{}` would overwrite {role}", log.display()),
            "name another file: --request-log FILE",
        ));
    }
    can_be_made(log).map_err(|source| unwritable_log(log, &source))
}

/// Refuses to write the timings over a file that the run reads.
fn check_timings(globals: &Globals, protected: &ProtectedFiles) -> Result<(), Error> {
    let role = globals.timings.as_deref().and_then(|file| protected.role(file));
    match role {
        Some(role) => Err(Error::usage(
            format!("`--timings` would overwrite {role}"),
            "name another file: --timings FILE",
        )),
        None => Ok(()),
    }
}

fn unwritten_timings(file: &Path, source: std::io::Error) -> Error {
    Error::File {
        action: "write",
        path: file.to_owned(),
        source,
    }
}

fn unwritable_log(log: &Path, source: &std::io::Error) -> Error {
    let message = format!("request log `{}` cannot be written: {source}", log.display());
    let failure = Failure::new(ErrorCode::RequestLogNotWritable, message);
    Error::Failed(
        failure.with_help("give `--request-log` a file in a folder that exists and is writable"),
    )
}

fn progress_style(repeated: &Repeated) -> ProgressStyle {
    if Stream::Stderr.is_terminal() && repeated.verbose == 0 {
        ProgressStyle::Bar
    } else {
        ProgressStyle::Log
    }
}
