//! What is wrong with a spec, and where.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;

use super::Source;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The spec is invalid: nothing is planned or written.
    Error,
    /// The spec is valid, but does something that its author hardly meant.
    Warning,
}

/// One finding about a spec, complete in itself: it needs no file to be shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable name in kebab-case, such as `unknown-key`.
    pub code: &'static str,
    pub message: String,
    /// The exact next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// `None` for what has no place in a file, such as a missing file.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Other places that have a part in it, such as where a name was given first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<RelatedPlace>,
}

/// Another place, and what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct RelatedPlace {
    pub note: String,
    #[serde(flatten)]
    pub place: Place,
}

/// A place and the line there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct Place {
    pub source: Source,
    /// The text of the line, cut where it is long.
    #[schemars(with = "String")]
    pub line: Excerpt,
}

/// A line of a file, cut around the place where it is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// Bytes of `text` before what is meant.
    pub start: usize,
    /// Bytes of `text` that are meant; 0 where it is a point.
    pub len: usize,
}

impl serde::Serialize for Excerpt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A spec that cannot be used: every error, and the warnings with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSpec {
    /// Sorted by file, line and column; at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self
            .diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error);
        let count = errors.count();
        write!(
            f,
            "invalid spec: {count} {}",
            if count == 1 { "error" } else { "errors" }
        )
    }
}

impl std::error::Error for InvalidSpec {}

impl Diagnostic {
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            help: None,
            place: None,
            also: Vec::new(),
        }
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn also(mut self, place: Place, note: impl Into<String>) -> Self {
        self.also.push(RelatedPlace {
            note: note.into(),
            place,
        });
        self
    }

    /// Where it is.
    pub fn source(&self) -> Option<&Source> {
        self.place.as_ref().map(|place| &place.source)
    }

    /// The line itself, cut around the column where it is long.
    pub fn line_text(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.line.text.as_str())
    }
}

/// Longest part of a line that is kept before and after a place, in bytes.
const AROUND: usize = 120;

impl Excerpt {
    /// Cuts the line around `offset` out of `text`. Looks only at the bytes that it may keep: a file may be one
    /// line of megabytes.
    pub(crate) fn cut(text: &[u8], offset: usize, len: usize) -> Self {
        let offset = offset.min(text.len());
        let from = offset.saturating_sub(AROUND);
        let to = (offset + AROUND).min(text.len());
        let line_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let start = text[from..offset]
            .iter()
            .rposition(line_break)
            .map_or(from, |index| from + index + 1);
        let end = text[offset..to]
            .iter()
            .position(line_break)
            .map_or(to, |index| offset + index);
        let (start, end) = (boundary(text, start).min(offset), boundary(text, end).max(offset));
        let before = String::from_utf8_lossy(&text[start..offset]);
        let after = String::from_utf8_lossy(&text[offset..end]);
        let meant =
            String::from_utf8_lossy(&text[offset..boundary(text, offset + len).clamp(offset, end)]);
        let cut_before = if start == from && start > 0 && !line_break(&text[start - 1]) {
            "…"
        } else {
            ""
        };
        let cut_after = if end == to && text.get(end).is_some_and(|byte| !line_break(byte)) {
            "…"
        } else {
            ""
        };
        Self {
            text: format!("{cut_before}{before}{after}{cut_after}"),
            start: cut_before.len() + before.len(),
            len: meant.len(),
        }
    }
}

/// The next index at or after `index` that does not split a UTF-8 character.
fn boundary(text: &[u8], index: usize) -> usize {
    let continues = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let index = index.min(text.len());
    index
        + text[index..]
            .iter()
            .take(3)
            .take_while(|byte| continues(byte))
            .count()
}

/// Most diagnostics kept of each severity. What nobody reads is only counted.
pub(crate) const MOST: usize = 1000;

/// Collects diagnostics.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: KeptDiagnostics,
    warnings: KeptDiagnostics,
}

#[derive(Debug, Default)]
struct KeptDiagnostics {
    list: Vec<Diagnostic>,
    /// What is in the list: a definition that many registries use is wrong once.
    seen: BTreeSet<(Option<Source>, &'static str, String)>,
    more: usize,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let kept = self.kept(diagnostic.severity);
        if kept.list.len() >= MOST {
            kept.more += 1;
            return;
        }
        let key = (
            diagnostic.source().cloned(),
            diagnostic.code,
            diagnostic.message.clone(),
        );
        if kept.seen.insert(key) {
            kept.list.push(diagnostic);
        }
    }

    /// Whether another finding would only be counted; then its words need not be made.
    pub(crate) fn full(&self, severity: Severity) -> bool {
        let kept = match severity {
            Severity::Error => &self.errors,
            Severity::Warning => &self.warnings,
        };
        kept.list.len() >= MOST
    }

    /// Counts findings of which nothing is kept.
    pub(crate) fn count(&mut self, severity: Severity, more: usize) {
        self.kept(severity).more += more;
    }

    fn kept(&mut self, severity: Severity) -> &mut KeptDiagnostics {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        }
    }

    pub(crate) fn any_error(&self) -> bool {
        !self.errors.list.is_empty()
    }

    /// Everything found, sorted by place, each finding once, with a last line for what was only counted.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let Self { errors, warnings } = self;
        let mut all: Vec<Diagnostic> = errors.list.into_iter().chain(warnings.list).collect();
        all.sort_by(|a, b| {
            (a.source(), a.severity, a.code, &a.message).cmp(&(
                b.source(),
                b.severity,
                b.code,
                &b.message,
            ))
        });
        let counted = [
            (errors.more, Severity::Error, "errors"),
            (warnings.more, Severity::Warning, "warnings"),
        ];
        for (more, severity, noun) in counted.into_iter().filter(|(more, ..)| *more > 0) {
            let message = format!("{more} more {noun} are not shown");
            all.push(Diagnostic {
                severity,
                ..Diagnostic::error("too-many", message).help("mend these first, then validate again")
            });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_the_line_with_the_place_in_it() {
        let text = b"one\ntwo three\r\nfour";
        let cut = Excerpt::cut(text, 8, 5);
        assert_eq!((cut.text.as_str(), cut.start, cut.len), ("two three", 4, 5));
        let end = Excerpt::cut(text, text.len(), 3);
        assert_eq!((end.text.as_str(), end.start, end.len), ("four", 4, 0));
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides_between_characters() {
        let text = "ä".repeat(1000);
        let cut = Excerpt::cut(text.as_bytes(), 1000, 2);
        assert!(
            cut.text.starts_with("…ä") && cut.text.ends_with("ä…"),
            "{}",
            cut.text
        );
        assert_eq!(&cut.text[cut.start..cut.start + cut.len], "ä");
        assert!(cut.text.len() < 300);
    }

    #[test]
    fn findings_beyond_the_cap_are_counted() {
        let mut findings = Diagnostics::default();
        for index in 0..MOST + 7 {
            findings.push(Diagnostic::error("x", format!("{index:05}")));
        }
        findings.push(Diagnostic::warning("y", "kept all the same"));
        let all = findings.finish();
        assert_eq!(all.len(), MOST + 2);
        assert_eq!(
            all.last().map(|last| last.message.as_str()),
            Some("7 more errors are not shown")
        );
    }
}
