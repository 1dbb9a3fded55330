//! What every step of loading shares: the texts, the findings, the day.

use jiff::civil::Date;

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::load::files::FileTexts;
use super::yaml::node::At;

#[derive(Debug)]
pub(crate) struct Loading {
    pub files: FileTexts,
    pub diagnostics: Diagnostics,
    pub today: Date,
    /// What was spent of [`BUDGET`].
    spent: usize,
}

/// Most entries of registries in a run, each counted where it is used and long texts more than once: names and
/// defaults repeat, so a short text can ask for more than any memory holds. Four thousand registries with a
/// hundred rules each are within.
const BUDGET: usize = 500_000;

impl Loading {
    pub(crate) fn new(today: Date) -> Self {
        Self {
            files: FileTexts::default(),
            diagnostics: Diagnostics::default(),
            today,
            spent: 0,
        }
    }

    /// Whether `cost` more entries can be had. The first refusal is an error at `at`.
    pub(crate) fn spend(&mut self, at: At, cost: usize) -> bool {
        let before = self.spent;
        self.spent = before.saturating_add(cost);
        if before <= BUDGET && self.spent > BUDGET {
            let message =
                format!("the registries have more than {BUDGET} entries, names and defaults resolved");
            self.error(at, "too-large", message, "load fewer files at once");
        }
        self.spent <= BUDGET
    }

    pub(crate) fn error(
        &mut self,
        at: At,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.diagnostics.full(Severity::Error) {
            return self.diagnostics.count(Severity::Error, 1);
        }
        let found = Diagnostic::error(code, message)
            .help(help)
            .at(self.files.place(at));
        self.diagnostics.push(found);
    }

    pub(crate) fn warn(
        &mut self,
        at: At,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.diagnostics.full(Severity::Warning) {
            return self.diagnostics.count(Severity::Warning, 1);
        }
        let found = Diagnostic::warning(code, message)
            .help(help)
            .at(self.files.place(at));
        self.diagnostics.push(found);
    }

    /// Adds a finding in which a second place has a part.
    pub(crate) fn both(&mut self, found: Diagnostic, at: At, other: At, note: &str) {
        if self.diagnostics.full(found.severity) {
            return self.diagnostics.count(found.severity, 1);
        }
        let found = found.at(self.files.place(at)).also(self.files.place(other), note);
        self.diagnostics.push(found);
    }
}
