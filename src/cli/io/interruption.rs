//! Tells people and programs what a signal does to a run.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::DisableBracketedPaste;
use crossterm::{execute, terminal};

use super::observed::observed_run::ObservedRun;
use super::outputs::Outputs;
use super::stderr::tell;
use super::stdout::unless_reader_left;
use crate::error::Error;
use crate::model::{ErrorCode, Failure};
use crate::render::{Document, Paint, Progress, safe};
use crate::run::SignalEffect;

/// All that is needed to tell of a signal, also after the context is gone.
pub(super) struct SignalTeller {
    pub(super) progress: Progress,
    pub(super) outputs: Outputs,
    /// True once a result was written, wholly or in part.
    pub(super) answered: Arc<AtomicBool>,
    /// For text on stderr.
    pub(super) paint: Paint,
    pub(super) observed: Arc<ObservedRun>,
    /// True if the user wants to know what was sent.
    pub(super) summarises: bool,
}

impl SignalTeller {
    /// Tells what a signal does.
    pub(super) fn tell(&self, effect: SignalEffect<'_>) {
        // The bar goes away for good where the process ends.
        if ends_the_process(effect) {
            self.progress.close();
            restore_terminal();
            self.write_in_place_of_result(effect);
        }
        self.progress.suspend(|| tell(&interruption_notice(effect)));
        if ends_the_process(effect) {
            self.end_measurements();
        }
    }

    /// Ends the file of `--timings`, and tells of the requests with `-v`: what took so long may be why the run was ended.
    fn end_measurements(&self) {
        match self.observed.end() {
            Ok(Some(summary)) if self.summarises => tell(&summary),
            Ok(_) => {}
            Err(source) => tell(&format!("cannot write the timings: {source}\n")),
        }
    }

    /// Writes the error of a run that a signal ends, for programs: no result comes any more. One that is being written stays.
    fn write_in_place_of_result(&self, effect: SignalEffect<'_>) {
        let message = interruption_notice(effect).trim().to_owned();
        let error = Error::Failed(Failure::new(ErrorCode::Interrupted, message));
        if !self.answered.swap(true, Ordering::Relaxed)
            && let Err(second) = unless_reader_left(self.outputs.write_failure(&error))
        {
            tell(&second.text(self.paint));
        }
    }
}

/// Gives the terminal back as it was before a question. Does nothing where no question is open.
fn restore_terminal() {
    if terminal::is_raw_mode_enabled().unwrap_or_default() {
        // There is no one to tell of an error, and the process ends.
        let _ = execute!(std::io::stderr(), DisableBracketedPaste);
        let _ = terminal::disable_raw_mode();
    }
}

fn ends_the_process(effect: SignalEffect<'_>) -> bool {
    match effect {
        SignalEffect::EndsReading | SignalEffect::EndsQuestion | SignalEffect::EndsReport { .. } => true,
        SignalEffect::EndsOpening
        | SignalEffect::FinishesClosing
        | SignalEffect::FinishesStep
        | SignalEffect::AbandonsStep => false,
    }
}

/// Says what a signal does, and what another one would do.
fn interruption_notice(effect: SignalEffect<'_>) -> Cow<'static, str> {
    let text = match effect {
        SignalEffect::EndsReading => "interrupted: nothing was written\n",
        // The cursor is behind the question.
        SignalEffect::EndsQuestion => "\ninterrupted: nothing was written\n",
        SignalEffect::EndsOpening => {
            "interrupted: closing what was opened, once the current request has ended\n"
        }
        SignalEffect::FinishesClosing => {
            "interrupted: the close goes on to its end, at most for --timeout; what stays open is told then\n"
        }
        SignalEffect::FinishesStep => {
            "interrupted: finishing the current step, then reporting; press Ctrl-C again to stop now\n"
        }
        SignalEffect::AbandonsStep => {
            "interrupted again: giving up the current step, which Azure may still finish, then reporting; press Ctrl-C \
             again to end without a report\n"
        }
        SignalEffect::EndsReport { snapshots } => {
            let snapshots = snapshots.display().to_string();
            return Cow::Owned(format!(
                "stopped before the report was complete: if anything was written, the state before is in {}\n",
                safe(&snapshots)
            ));
        }
    };
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::args::output::{Format, OutputArg};
    use crate::cli::io::protected_files::ProtectedFiles;
    use crate::render::ProgressStyle;

    /// A third signal comes while the current step is given up, so no test of the binary can time it.
    #[test]
    fn signal_before_the_report_writes_an_error_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        let arg = OutputArg::parse(&format!("json={}", file.display())).unwrap();
        let protected = ProtectedFiles::default();
        let (outputs, _) = Outputs::new(&[arg], &[Format::Json], &protected, Paint::PLAIN);
        let effect = SignalEffect::EndsReport {
            snapshots: Path::new(".ringfence/run"),
        };
        let progress = Progress::new(ProgressStyle::Log, true, None);
        let teller = SignalTeller {
            observed: Arc::new(ObservedRun::new(progress.clone())),
            summarises: false,
            progress,
            outputs,
            answered: Arc::new(AtomicBool::new(true)),
            paint: Paint::PLAIN,
        };
        teller.write_in_place_of_result(effect);
        assert!(!file.exists(), "a report that is being written stays");
        teller.answered.store(false, Ordering::Relaxed);
        teller.write_in_place_of_result(effect);
        let error: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "interrupted");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(
            message.ends_with("the state before is in .ringfence/run"),
            "{message}"
        );
    }
}
