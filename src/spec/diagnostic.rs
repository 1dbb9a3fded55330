//! One diagnostic: what is wrong with a spec, and its place.

use std::fmt;

use schemars::JsonSchema;

use super::correction::Correction;
use super::diagnostic_code::{DiagnosticCode, Severity};
use super::excerpt::Excerpt;
use super::help::Help;
use super::types::Source;

/// One diagnostic about a spec. It holds everything that is needed to show it; no file is read again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable name in kebab-case, such as `unknown-key`.
    #[schemars(with = "String")]
    pub code: DiagnosticCode,
    pub message: String,
    /// The next step to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// `None` if the diagnostic is not about a place in a file, such as for a missing file.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The text to write in the marked place, which `validate --fix` writes. Missing if there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub correction: Option<Correction>,
    /// Related places, such as the first definition of a duplicate name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<RelatedPlace>,
}

/// A second place, and a note about its part in the diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct RelatedPlace {
    pub note: String,
    #[serde(flatten)]
    pub place: Place,
}

/// A place in a file, with its line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct Place {
    pub source: Source,
    /// The text of the line, cut if it is long.
    #[schemars(with = "String")]
    pub line: Excerpt,
}

/// A spec with errors. It holds the errors and the warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSpec {
    /// Sorted by file, line and column; at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut count = 0;
        for found in &self.diagnostics {
            count += usize::from(found.severity == Severity::Error);
        }
        let noun = if count == 1 { "error" } else { "errors" };
        write!(f, "invalid spec: {count} {noun}")
    }
}

impl std::error::Error for InvalidSpec {}

impl Diagnostic {
    /// Creates a diagnostic without a place. The table of codes gives its severity.
    pub(crate) fn new(code: DiagnosticCode, message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self {
            severity: code.severity(),
            code,
            message: message.into(),
            help: Some(help.into().words),
            place: None,
            correction: None,
            also: Vec::new(),
        }
    }

    /// Sets the place.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a related place.
    pub(crate) fn also(mut self, place: Place, note: impl Into<String>) -> Self {
        self.also.push(RelatedPlace {
            note: note.into(),
            place,
        });
        self
    }

    /// Returns the file, line and column.
    pub fn source(&self) -> Option<&Source> {
        Some(&self.place.as_ref()?.source)
    }
}
