//! The result of `validate` for a spec without errors.

use std::io::{self, Write};

use super::document::write_json;
use super::error::{VALIDATE, ValidateDocument};
use super::json_lines::{BY_DIAGNOSTIC, json_lines};
use super::{Document, Entry, Paint, SUMMARY, ci, diagnostic, text};
use crate::model::grouped;
use crate::posture::{PostureCount, PostureFinding};
use crate::spec::Diagnostic;

/// The result of `validate` for a spec without errors.
#[derive(Clone, Debug, Default)]
pub struct Validated {
    /// Registries of the spec.
    pub registries: usize,
    /// By file, line and column.
    pub warnings: Vec<Diagnostic>,
    /// By registry, then by rule; `None` where posture rules were not asked.
    pub posture: Option<Vec<PostureFinding>>,
}

impl Document for Validated {
    fn text(&self, paint: Paint) -> String {
        let warnings = diagnostic::text(&self.warnings, paint.look());
        let warnings = warnings.trim_end();
        let gap = if warnings.is_empty() { "" } else { "\n\n" };
        let mut text = format!("{warnings}{gap}");
        let findings = self.posture.as_deref().unwrap_or_default();
        for block in text::posture_findings(findings, paint) {
            text += &(block.join("\n") + "\n\n");
        }
        text += &self.summary();
        if let Some(hidden) = text::hidden_notes(findings, paint) {
            text += &format!("{hidden}\n");
        }
        text
    }

    fn markdown(&self, largest: usize) -> String {
        let entries = self.entries();
        ci::comment(&ci::Comment {
            largest,
            command: Some("validate"),
            words: "valid",
            summary: &self.summary(),
            next: None,
            entries: &entries,
            text: "",
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_spec(&self.warnings, self.posture.as_deref().unwrap_or_default())
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        ci::variables_of_spec(
            self.warnings.len(),
            PostureCount::of(self.posture.as_deref().unwrap_or_default()),
        )
    }

    fn summary(&self) -> String {
        let noun = if self.registries == 1 {
            "registry"
        } else {
            "registries"
        };
        let mut text = format!("Valid. {} {noun}.", grouped(self.registries as u64));
        let findings = self.posture.as_deref().unwrap_or_default();
        if let Some(counts) = text::posture_counts(PostureCount::of(findings)) {
            text += &format!(" Posture: {counts}.");
        }
        text + "\n"
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(&self.document(), out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(&self.document(), &BY_DIAGNOSTIC, SUMMARY, out)
    }
}

impl Validated {
    fn document(&self) -> ValidateDocument<'_> {
        ValidateDocument {
            format: VALIDATE,
            registries: Some(self.registries),
            diagnostics: &self.warnings,
            posture: self.posture.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_specs_have_an_empty_list_of_diagnostics() {
        let valid = Validated {
            registries: 1,
            ..Validated::default()
        };
        assert_eq!(valid.text(Paint::PLAIN), "Valid. 1 registry.\n");
        assert!(valid.json().contains("\"diagnostics\": []"));
    }
}
