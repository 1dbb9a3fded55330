//! Files of Terraform's configuration language.

use std::path::{Component, Path, PathBuf};

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

/// Longest text of an expression in a message.
const LONGEST: usize = 80;

/// A file of a configuration.
pub(super) struct ParsedFile<'a> {
    name: &'a str,
    text: &'a str,
    /// Offsets of the beginnings of lines.
    lines: Vec<usize>,
    pub(super) body: Body,
}

impl<'a> ParsedFile<'a> {
    /// Parses a file. The error names the file and the place.
    pub(super) fn parse(name: &'a str, text: &'a str) -> Result<Self, String> {
        let body = hcl_edit::parser::parse_body(text).map_err(|error| {
            let at = error.location();
            format!("{name}:{}:{}: {}", at.line(), at.column(), error.message())
        })?;
        let mut lines = vec![0];
        for (at, _) in text.match_indices('\n') {
            lines.push(at + 1);
        }
        Ok(Self {
            name,
            text,
            lines,
            body,
        })
    }

    /// Returns true if Terraform merges the blocks of this file into those of the others (docs: Terraform, Override Files).
    pub(super) fn overrides(&self) -> bool {
        let stem = Path::new(self.name).file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        stem == "override" || stem.ends_with("_override")
    }

    /// Returns the folder: `./main.tf` and `main.tf` are in one.
    pub(super) fn folder(&self) -> PathBuf {
        let folder = Path::new(self.name).parent().unwrap_or(Path::new(""));
        let parts = folder.components();
        parts.filter(|part| *part != Component::CurDir).collect()
    }

    /// Returns the place of an item, such as `main.tf:12`.
    pub(super) fn place(&self, item: &impl Span) -> String {
        let start = item.span().map_or(0, |span| span.start);
        let line = self.lines.partition_point(|begin| *begin <= start);
        format!("{}:{line}", self.name)
    }

    /// Returns the text of an expression, on one line and not too long.
    pub(super) fn written(&self, expression: &Expression) -> String {
        let span = expression.span().unwrap_or_default();
        let text = self.text.get(span).unwrap_or("an expression");
        let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = short.char_indices().nth(LONGEST) {
            short.truncate(end);
            short += "…";
        }
        short
    }
}
