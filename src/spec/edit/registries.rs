//! Registries added to the list of a spec.

use super::block_list::hyphen;
use super::lines::{indent_to, insert_lines, line_break, line_start, next_line, splice};
use super::source_tree::{SourceContent, SourceNode, source_tree};
use crate::spec::correction::Correction;
use crate::spec::draft::DraftRegistry;

/// Blanks before the entries of a new list.
const INDENT: &str = "  ";

/// Adds registries after the last one. The text has no byte order mark. Returns `None` if it has no block list of registries
/// of its own.
pub fn add_registries(text: &str, drafts: &[DraftRegistry]) -> Option<Correction> {
    let tree = source_tree(text)?;
    let line_break = line_break(text, 0);
    let Some((key, list)) = tree.entry("registries") else {
        let lines = format!("registries:{line_break}{}", lines(drafts, INDENT, "", line_break));
        return appended(text, &tree, &lines);
    };
    match &list.content {
        SourceContent::List {
            is_flow: false,
            items,
        } => {
            let last = items.last()?;
            let gap = if are_apart(text, items) { line_break } else { "" };
            let lines = lines(drafts, &indent_to(text, hyphen(text, last)), gap, line_break);
            Some(insert_lines(text, last.bytes.end, &format!("{gap}{lines}")))
        }
        SourceContent::List { is_flow: true, items } if items.is_empty() && list.marks.is_empty() => {
            let colon = key.bytes.end + text[key.bytes.end..list.bytes.start].find(':')? + 1;
            let lines = lines(drafts, INDENT, "", line_break);
            let lines = format!("{line_break}{}", lines.trim_end());
            Some(splice(text, colon..list.bytes.end, lines))
        }
        _ => None,
    }
}

/// Adds lines below the last key of a file.
fn appended(text: &str, tree: &SourceNode, lines: &str) -> Option<Correction> {
    match tree.content {
        SourceContent::Map { is_flow: false, .. } => Some(insert_lines(text, tree.bytes.end, lines)),
        _ => None,
    }
}

/// Returns the lines of the registries. `gap` stands between two of them.
fn lines(drafts: &[DraftRegistry], indent: &str, gap: &str, line_break: &str) -> String {
    let mut lines = String::new();
    for (index, draft) in drafts.iter().enumerate() {
        if index > 0 {
            lines += gap;
        }
        for line in draft.to_yaml().lines() {
            let line = line.strip_prefix(INDENT).unwrap_or(line);
            lines += &format!("{indent}{line}{line_break}");
        }
    }
    lines
}

/// Returns true if an empty line stands before the last entry.
fn are_apart(text: &str, items: &[SourceNode]) -> bool {
    let [.., before, last] = items else {
        return false;
    };
    let between = next_line(text, before.bytes.end)..line_start(text, hyphen(text, last));
    let mut between = text.get(between).unwrap_or_default().lines();
    between.any(|line| line.trim().is_empty())
}
