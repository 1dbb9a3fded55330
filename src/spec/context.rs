//! What every step of loading shares: the texts, the findings, the day.

use jiff::civil::Date;

use super::diagnostic::{Diagnostic, Findings, Severity};
use super::load::files::Files;
use super::yaml::node::At;

#[derive(Debug)]
pub(crate) struct Context {
    pub files: Files,
    pub findings: Findings,
    pub today: Date,
    /// What was spent of [`BUDGET`].
    spent: usize,
}

/// Most entries of registries in a run, each counted where it is used and long texts more than once: names and
/// defaults repeat, so a short text can ask for more than any memory holds. Four thousand registries with a
/// hundred rules each are within.
const BUDGET: usize = 500_000;

impl Context {
    pub(crate) fn new(today: Date) -> Self {
        Self {
            files: Files::default(),
            findings: Findings::default(),
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
        if self.findings.full(Severity::Error) {
            return self.findings.count(Severity::Error, 1);
        }
        let found = Diagnostic::error(code, message)
            .help(help)
            .at(self.files.place(at));
        self.findings.push(found);
    }

    pub(crate) fn warn(
        &mut self,
        at: At,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.findings.full(Severity::Warning) {
            return self.findings.count(Severity::Warning, 1);
        }
        let found = Diagnostic::warning(code, message)
            .help(help)
            .at(self.files.place(at));
        self.findings.push(found);
    }

    /// Adds a finding in which a second place has a part.
    pub(crate) fn both(&mut self, found: Diagnostic, at: At, other: At, note: &str) {
        if self.findings.full(found.severity) {
            return self.findings.count(found.severity, 1);
        }
        let found = found.at(self.files.place(at)).also(self.files.place(other), note);
        self.findings.push(found);
    }
}
