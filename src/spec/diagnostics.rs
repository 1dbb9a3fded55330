//! Collects the diagnostics of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::correction::Correction;
use super::diagnostic::Diagnostic;
use super::diagnostic_code::{DiagnosticCode, Severity};
use super::types::Source;

/// Most diagnostics that are kept of each severity. More are only counted.
pub(crate) const MOST: usize = 1000;

/// The diagnostics found so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: KeptDiagnostics,
    warnings: KeptDiagnostics,
}

/// The diagnostics of one severity.
#[derive(Debug, Default)]
struct KeptDiagnostics {
    list: Vec<Diagnostic>,
    /// Place, code and message of each diagnostic in `list`. A definition that many registries use is reported once.
    seen: BTreeSet<(Option<Source>, &'static str, String)>,
    /// Number of diagnostics that were not kept.
    more: usize,
}

impl Diagnostics {
    /// Keeps a diagnostic, unless it is kept already or there are too many.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let kept = self.kept(diagnostic.severity);
        // `seen` must not grow without limit either, so a diagnostic over the limit is counted even if it is a repeat.
        if kept.list.len() >= MOST {
            kept.more += 1;
            return;
        }
        let key = (
            diagnostic.source().cloned(),
            diagnostic.code.as_str(),
            diagnostic.message.clone(),
        );
        if kept.seen.insert(key) {
            kept.list.push(diagnostic);
        }
    }

    /// Counts one more diagnostic and returns true if there are too many to keep it. A caller then need not write
    /// its message.
    pub(crate) fn only_counts(&mut self, severity: Severity) -> bool {
        let kept = self.kept(severity);
        let full = kept.list.len() >= MOST;
        kept.more += usize::from(full);
        full
    }

    /// Counts diagnostics that are not kept.
    pub(crate) fn count(&mut self, severity: Severity, more: usize) {
        self.kept(severity).more += more;
    }

    /// Returns true if there is an error.
    pub(crate) fn any_error(&self) -> bool {
        !self.errors.list.is_empty()
    }

    /// Returns everything found, sorted by place, and a last line for those that were only counted.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let Self { errors, warnings } = self;
        let mut all = errors.list;
        all.extend(warnings.list);
        // The order does not depend on the order in which the steps ran.
        all.sort_by(|a, b| {
            (a.source(), a.severity, a.code.as_str(), &a.message).cmp(&(
                b.source(),
                b.severity,
                b.code.as_str(),
                &b.message,
            ))
        });
        all.extend(not_shown(Severity::Error, errors.more, "errors"));
        all.extend(not_shown(Severity::Warning, warnings.more, "warnings"));
        all
    }

    fn kept(&mut self, severity: Severity) -> &mut KeptDiagnostics {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Note => &mut self.warnings,
        }
    }
}

fn not_shown(severity: Severity, more: usize, noun: &str) -> Option<Diagnostic> {
    if more == 0 {
        return None;
    }
    let message = format!("{more} more {noun} are not shown");
    let help = "fix these first, then validate again";
    Some(Diagnostic {
        severity,
        ..Diagnostic::new(DiagnosticCode::TooMany, message, help)
    })
}

/// Returns the corrections of each file, by its name, in the order of the file.
pub fn corrections(diagnostics: &[Diagnostic]) -> BTreeMap<Arc<str>, Vec<Correction>> {
    let mut files: BTreeMap<Arc<str>, Vec<Correction>> = BTreeMap::new();
    for diagnostic in diagnostics {
        if let (Some(source), Some(correction)) = (diagnostic.source(), &diagnostic.correction) {
            let file = files.entry(Arc::clone(&source.file)).or_default();
            file.push(correction.clone());
        }
    }
    for corrections in files.values_mut() {
        corrections.sort_by_key(|correction| correction.offset);
        // Two findings can be about one text. The first is taken, and the next check finds what is left.
        corrections.dedup_by_key(|correction| correction.offset);
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_beyond_the_limit_are_counted() {
        let mut diagnostics = Diagnostics::default();
        for index in 0..MOST + 7 {
            let message = format!("{index:05}");
            diagnostics.push(Diagnostic::new(DiagnosticCode::BadId, message, ""));
        }
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::Expired,
            "a warning is still kept",
            "",
        ));
        let all = diagnostics.finish();
        assert_eq!(all.len(), MOST + 2);
        assert_eq!(
            all.last().map(|last| last.message.as_str()),
            Some("7 more errors are not shown")
        );
    }
}
