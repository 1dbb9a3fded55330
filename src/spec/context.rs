//! What every step of loading shares: the texts, the findings, the day.

use jiff::civil::Date;

use super::diagnostic::{Diagnostic, Findings};
use super::files::Files;
use super::node::At;

#[derive(Debug)]
pub(super) struct Context {
    pub files: Files,
    pub findings: Findings,
    pub today: Date,
}

impl Context {
    pub(super) fn new(today: Date) -> Self {
        Self {
            files: Files::default(),
            findings: Findings::default(),
            today,
        }
    }

    pub(super) fn error(
        &mut self,
        at: At,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let found = Diagnostic::error(code, message)
            .help(help)
            .at(self.files.place(at));
        self.findings.push(found);
    }

    pub(super) fn warn(
        &mut self,
        at: At,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let found = Diagnostic::warning(code, message)
            .help(help)
            .at(self.files.place(at));
        self.findings.push(found);
    }

    /// Adds a finding in which a second place has a part.
    pub(super) fn both(&mut self, found: Diagnostic, at: At, other: At, note: &str) {
        let found = found.at(self.files.place(at)).also(self.files.place(other), note);
        self.findings.push(found);
    }
}
