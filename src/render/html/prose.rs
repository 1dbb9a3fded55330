//! Texts of spec, Azure and ringfence, as HTML.

use maud::{Markup, html};

use crate::render::safe;
use crate::spec::Source;

/// Writes a text. Words between two backticks are code.
pub(super) fn prose(text: &str) -> Markup {
    let text = safe(text);
    let parts: Vec<&str> = text.split('`').collect();
    html! {
        @for (at, part) in parts.iter().enumerate() {
            // A last backtick without a second one is a character like others.
            @if at % 2 == 1 && at + 1 < parts.len() { code { (part) } }
            @else if at % 2 == 1 { "`" (part) }
            @else { (part) }
        }
    }
}

/// Names a place in a card about `home`: the line alone in the same file, and nothing for the same line. A fleet has tens of
/// thousands of places, most of them in one file.
pub(super) fn place_beside(source: &Source, home: Option<&Source>) -> Option<String> {
    match home {
        Some(home) if home.file == source.file && home.line == source.line => None,
        Some(home) if home.file == source.file => Some(format!("line {}", source.line)),
        _ => Some(place(source)),
    }
}

/// Names a place of the spec: `networks.yaml:4`.
pub(super) fn place(source: &Source) -> String {
    format!("{}:{}", safe(&source.file), source.line)
}
