//! The state that all steps of loading share: texts, diagnostics, the day.

use jiff::civil::Date;

use super::diagnostic::Diagnostic;
use super::diagnostic_code::DiagnosticCode;
use super::diagnostics::Diagnostics;
use super::help::Help;
use super::load::files::FileTexts;
use super::yaml::place::At;

/// Most entries of all registries together. An entry counts for each registry that uses it, and a long text counts
/// more than once. Names and defaults repeat entries, so without this limit a short text could ask for more than
/// any memory holds. Four thousand registries with a hundred rules each are below it. Longer texts may have more: see
/// [`ENTRY_BYTES`].
const MOST_ENTRIES: usize = 500_000;

/// Bytes of text that allow one entry more than [`MOST_ENTRIES`] would. An address that is written out takes more.
const ENTRY_BYTES: usize = 8;

/// The state of one run of the loader.
#[derive(Debug)]
pub(crate) struct Loading {
    pub files: FileTexts,
    pub diagnostics: Diagnostics,
    /// The day that decides which entries have expired.
    pub today: Date,
    /// True if `expect` is not checked.
    pub skips_expect: bool,
    /// Entries counted so far.
    spent: usize,
}

impl Loading {
    /// Creates the state of a run that has read nothing.
    pub(crate) fn new(today: Date) -> Self {
        Self {
            files: FileTexts::default(),
            diagnostics: Diagnostics::default(),
            today,
            skips_expect: false,
            spent: 0,
        }
    }

    /// Counts `cost` more entries. Returns false once there are too many; the first time is an error at `at`.
    pub(crate) fn spend(&mut self, at: At, cost: usize) -> bool {
        let before = self.spent;
        self.spent = before.saturating_add(cost);
        let limit = MOST_ENTRIES.max(self.files.bytes() / ENTRY_BYTES);
        // Only the call that crosses the limit reports it.
        if before <= limit && self.spent > limit {
            let message = format!(
                "the registries have more than {limit} entries after names and defaults are resolved"
            );
            self.report(at, DiagnosticCode::TooLarge, message, "load fewer files at once");
        }
        self.spent <= limit
    }

    /// Reports a diagnostic at `at`.
    pub(crate) fn report(
        &mut self,
        at: At,
        code: DiagnosticCode,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) {
        // The excerpt is only cut for a diagnostic that is kept.
        if !self.diagnostics.only_counts(code.severity()) {
            let Help { words, correction } = help.into();
            let mut found = Diagnostic::new(code, message, words).at(self.files.place(at));
            found.correction = correction.and_then(|after| self.files.correction(at, after));
            self.diagnostics.push(found);
        }
    }

    /// Reports a diagnostic at `at` with a note about a related place. Two aliases of one value are two places.
    pub(crate) fn report_with(&mut self, found: Diagnostic, at: At, other: At, note: &str) {
        if self.diagnostics.only_counts(found.severity) {
            return;
        }
        let (here, there) = (self.files.used(at), self.files.used(other));
        let mut found = found.at(self.files.place(here));
        found = found.also(self.files.place(there), note);
        if here != at && there != at {
            found = found.also(self.files.place(at), "the value");
        }
        self.diagnostics.push(found);
    }
}
