//! Entries added to a block list, and taken out of it.

use std::collections::BTreeSet;

use super::lines::{delete_lines, indent_to, insert_lines, line_break, line_start, next_line, splice};
use super::new_item::{ItemStyle, NewItem};
use super::source_tree::SourceNode;
use crate::spec::correction::Correction;

/// Adds entries after the last one, behind its comment.
pub(super) fn append(
    text: &str,
    items: &[SourceNode],
    last: &SourceNode,
    new: &[NewItem],
    style: ItemStyle,
) -> Correction {
    let style = style.of(text, items);
    let hyphen = hyphen(text, last);
    let gap = match &text[hyphen + 1..last.start()] {
        // The value may begin on the next line.
        gap if gap.is_empty() || gap.contains('\n') => " ",
        gap => gap,
    };
    let lead = format!("{}-{gap}", indent_to(text, hyphen));
    let line_break = line_break(text, last.bytes.end);
    let mut lines = String::new();
    for item in new {
        lines += &item.block(style, &lead, line_break);
    }
    insert_lines(text, last.bytes.end, &lines)
}

/// Takes entries out, with the comments on their lines. `after_key` is the place of a value on the line of the key.
pub(super) fn remove(
    text: &str,
    items: &[SourceNode],
    gone: &BTreeSet<usize>,
    after_key: usize,
) -> Vec<Correction> {
    let mut lines = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if gone.contains(&index) {
            let start = line_start(text, hyphen(text, item));
            lines.push(start..next_line(text, item.bytes.end));
        }
    }
    let mut corrections = delete_lines(text, lines);
    // Without an entry, the key would have no value, and the list would no longer be managed.
    if gone.len() == items.len() {
        corrections.insert(0, splice(text, after_key..after_key, " []"));
    }
    corrections
}

/// Returns the hyphen of an entry. The entry can begin on a later line, below comments.
pub(super) fn hyphen(text: &str, item: &SourceNode) -> usize {
    let mut at = item.start();
    loop {
        let line = line_start(text, at);
        let before = text[line..at].split('#').next().unwrap_or_default().trim_end();
        if let Some(indent) = before.strip_suffix('-')
            && (indent.is_empty() || indent.ends_with(char::is_whitespace))
        {
            return line + indent.len();
        }
        // The mark of a text in lines of its own, such as `|-`, stands behind the hyphen.
        let blanks = before.len() - before.trim_start().len();
        if before[blanks..].starts_with("- ") {
            return line + blanks;
        }
        match line.checked_sub(1) {
            Some(above) => at = above,
            None => return item.start(),
        }
    }
}
