//! Entries added to a flow list, and taken out of it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::lines::{
    WIDTH, indent_to, indentation, insert_lines, line_break, line_start, next_line, splice,
};
use super::new_item::{ItemStyle, NewItem};
use super::source_tree::SourceNode;
use crate::spec::correction::Correction;

/// Adds entries after the last one.
pub(super) fn append(
    text: &str,
    list: &SourceNode,
    items: &[SourceNode],
    new: &[NewItem],
    style: ItemStyle,
) -> Vec<Correction> {
    let style = style.of(text, items);
    let mut words = Vec::new();
    for item in new {
        words.push(item.flow(style));
    }
    let close = list.bytes.end - 1;
    let Some(last) = items.last() else {
        return vec![only(text, list, &words.join(", "))];
    };
    if text[last.bytes.end..close].contains('\n') {
        return on_lines(text, list, last, &words);
    }
    let first = items.first().unwrap_or(last);
    vec![on_one_line(text, first, last, &words)]
}

/// Adds entries to an empty list. Blanks between its brackets go, and a comment stays.
fn only(text: &str, list: &SourceNode, words: &str) -> Correction {
    let close = list.bytes.end - 1;
    let inside = list.bytes.start + 1..close;
    if text[inside.clone()].trim().is_empty() {
        splice(text, inside, words)
    } else {
        splice(text, close..close, words)
    }
}

/// Adds entries behind the last one. A line that gets too long is broken below the first entry.
fn on_one_line(text: &str, first: &SourceNode, last: &SourceNode, words: &[String]) -> Correction {
    let end = last.bytes.end;
    let line = &text[line_start(text, end)..next_line(text, end)];
    let (indent, line_break) = (indent_to(text, first.start()), line_break(text, end));
    let mut width = line.trim_end().len();
    let mut added = String::new();
    // Below an entry far to the right, as in a document on one line, little fits and nothing is found.
    let breaks = indent.len() <= WIDTH / 2;
    for word in words {
        if breaks && width + word.len() + 2 > WIDTH {
            added += &format!(",{line_break}{indent}{word}");
            width = indent.len() + word.len() + 1;
        } else {
            added += &format!(", {word}");
            width += word.len() + 2;
        }
    }
    splice(text, end..end, added)
}

/// Adds entries on lines of their own, with a comma after the last one if the list has it.
fn on_lines(text: &str, list: &SourceNode, last: &SourceNode, words: &[String]) -> Vec<Correction> {
    let end = last.bytes.end;
    let indent = if line_start(text, last.start()) <= list.bytes.start {
        indent_to(text, last.start())
    } else {
        indentation(text, last.start()).to_owned()
    };
    let (line_break, comma) = (line_break(text, end), comma_after(text, end, list.bytes.end - 1));
    let mut lines = String::new();
    for (index, word) in words.iter().enumerate() {
        let is_last = index + 1 == words.len();
        let comma = if is_last && comma.is_none() { "" } else { "," };
        lines += &format!("{indent}{word}{comma}{line_break}");
    }
    let mut corrections = Vec::new();
    if comma.is_none() {
        corrections.push(splice(text, end..end, ","));
    }
    corrections.push(insert_lines(text, comma.unwrap_or(end), &lines));
    corrections
}

/// Takes entries out, with the comments on lines that they have alone.
pub(super) fn remove(
    text: &str,
    list: &SourceNode,
    items: &[SourceNode],
    gone: &BTreeSet<usize>,
) -> Vec<Correction> {
    let close = list.bytes.end - 1;
    let inside = list.bytes.start + 1..close;
    if gone.len() == items.len() && !text[inside.clone()].contains('#') {
        return vec![splice(text, inside, "")];
    }
    let mut cuts = Vec::new();
    for run in runs(text, items, gone) {
        cuts.push(cut_of(text, items, &run, close));
    }
    if let Some(comma) = loose_comma(text, items, gone, close)
        && !cuts.iter().any(|cut| cut.contains(&comma))
    {
        cuts.push(comma..comma + 1);
    }
    cuts.sort_by_key(|cut| cut.start);
    let mut corrections = Vec::new();
    for cut in cuts {
        corrections.push(splice(text, cut, ""));
    }
    corrections
}

/// Returns the ranges of neighbours. A comment on a line of its own stays, so it ends a range.
fn runs(text: &str, items: &[SourceNode], indices: &BTreeSet<usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in indices {
        match runs.last_mut() {
            Some(run) if run.end == *index && !has_own_comment(text, items, *index) => run.end += 1,
            _ => runs.push(*index..*index + 1),
        }
    }
    runs
}

/// Returns true if a comment has a line of its own between an entry and the one before it.
fn has_own_comment(text: &str, items: &[SourceNode], index: usize) -> bool {
    let between = &text[items[index - 1].bytes.end..items[index].start()];
    let mut lines = between.split('\n').skip(1);
    lines.any(|line| line.trim_start().starts_with('#'))
}

/// Returns the bytes to cut for a run of entries.
fn cut_of(text: &str, items: &[SourceNode], run: &Range<usize>, close: usize) -> Range<usize> {
    let (from, to) = bytes_of(items, run);
    if let Some(lines) = own_lines(text, from, to, close) {
        return lines;
    }
    if let Some(after) = items.get(run.end)
        && !text[to..after.start()].contains(['\n', '#'])
    {
        return from..after.start();
    }
    if let Some(before) = run.start.checked_sub(1).map(|index| &items[index])
        && !text[before.bytes.end..from].contains('#')
    {
        return before.bytes.end..to;
    }
    // A comment is in the way, so that only the entry and its comma go.
    from..comma_after(text, to, close).map_or(to, |comma| comma + 1)
}

/// Returns the comma after the entry that becomes the last one, if the list has no comma after its last entry.
fn loose_comma(text: &str, items: &[SourceNode], gone: &BTreeSet<usize>, close: usize) -> Option<usize> {
    let last = items.last()?;
    own_lines(text, last.start(), last.bytes.end, close)?;
    if !gone.contains(&(items.len() - 1)) || comma_after(text, last.bytes.end, close).is_some() {
        return None;
    }
    let stays = (0..items.len()).rev().find(|index| !gone.contains(index))?;
    comma_after(text, items[stays].bytes.end, items[stays + 1].start())
}

/// Returns the first byte of a run of entries, and the byte after the last one.
fn bytes_of(items: &[SourceNode], run: &Range<usize>) -> (usize, usize) {
    (items[run.start].start(), items[run.end - 1].bytes.end)
}

/// Returns the lines of some entries, if nothing else is on them.
fn own_lines(text: &str, from: usize, to: usize, close: usize) -> Option<Range<usize>> {
    let start = line_start(text, from);
    let is_first = text[start..from].trim().is_empty();
    let rest = text[to..close].split('\n').next()?;
    let is_last = rest.len() < close - to && only_comma_and_comment(rest);
    (is_first && is_last).then(|| start..next_line(text, to))
}

/// Returns true for the rest of a line that has a comma and a comment at most.
fn only_comma_and_comment(rest: &str) -> bool {
    let rest = rest.trim();
    let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// Returns the comma between a value and `end`. Only blanks and comments are before it.
fn comma_after(text: &str, from: usize, end: usize) -> Option<usize> {
    let mut in_comment = false;
    for (index, byte) in text[from..end].bytes().enumerate() {
        match byte {
            b'\n' => in_comment = false,
            b'#' => in_comment = true,
            b',' if !in_comment => return Some(from + index),
            _ => {}
        }
    }
    None
}
