//! Findings as Markdown, for a comment on a pull request and for a job summary.

use super::entry::Entry;
use crate::render::markdown::plain;
use crate::spec::Severity;

/// Largest text, in bytes: GitHub takes 65,536 characters of a comment.
const LARGEST: usize = 60_000;

/// Renders a table of the findings that are not accepted, the worst first. The first line is a hidden marker by which a
/// pipeline finds its comment again.
pub(in crate::render) fn report(entries: &[Entry], summary: &str) -> String {
    let mut text = format!(
        "<!-- ringfence:audit -->\n## ringfence audit\n\n{}\n",
        plain(summary.trim())
    );
    let mut open = entries.iter().filter(|entry| entry.accepted.is_none()).peekable();
    if open.peek().is_some() {
        text += "\n| | rule | registry | finding | where |\n|---|---|---|---|---|\n";
    }
    while let Some(entry) = open.next() {
        let row = row(entry);
        if text.len() + row.len() > LARGEST {
            text += &format!("\n{} more findings are in the other outputs.\n", open.count() + 1);
            break;
        }
        text += &row;
    }
    text
}

fn row(entry: &Entry) -> String {
    let sign = match entry.severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Note => "ℹ️ note",
    };
    let place = match &entry.source {
        Some(source) => format!("{}:{}", source.file, source.line),
        None => String::new(),
    };
    format!(
        "| {sign} | {} | {} | {} | {} |\n",
        plain(&entry.rule),
        plain(entry.registry.name()),
        plain(&entry.message),
        plain(&place)
    )
}
