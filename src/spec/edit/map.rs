//! A key set in a mapping, or added to it.

use super::lines::{indent_to, insert_lines, line_break, line_start, next_line, splice};
use super::new_item::{ItemStyle, quoted};
use super::source_tree::{SourceContent, SourceNode};
use crate::spec::correction::Correction;

/// Sets a key to a text. Returns `None` if the value that the key has is not a text written here. A new key has the style of
/// the text.
pub(super) fn set(
    text: &str,
    map: &SourceNode,
    (key, value): (&str, &str),
    style: ItemStyle,
) -> Option<Correction> {
    let Some((_, old)) = map.entry(key) else {
        return insert(text, map, &style.inside(map).pair(key, value));
    };
    match old.content {
        SourceContent::Scalar { quotes, .. } if old.anchor == 0 => {
            Some(splice(text, old.bytes.clone(), quoted(value, quotes)))
        }
        _ => None,
    }
}

/// Adds a key with its value after the last one. Returns `None` for a mapping without keys.
pub(super) fn insert(text: &str, map: &SourceNode, pair: &str) -> Option<Correction> {
    let SourceContent::Map { is_flow, entries } = &map.content else {
        return None;
    };
    let ((first, _), (key, value)) = (entries.first()?, entries.last()?);
    let end = key.bytes.end.max(value.bytes.end);
    if *is_flow {
        let comma = match has_own_line(text, key.start(), end) {
            true => format!(",{}{}", line_break(text, end), indent_to(text, key.start())),
            false => ", ".to_owned(),
        };
        return Some(splice(text, end..end, comma + pair));
    }
    let line = format!(
        "{}{pair}{}",
        indent_to(text, first.start()),
        line_break(text, end)
    );
    Some(insert_lines(text, end, &line))
}

/// Returns true if nothing else is on the lines of these bytes.
fn has_own_line(text: &str, start: usize, end: usize) -> bool {
    let (before, after) = (
        &text[line_start(text, start)..start],
        &text[end..next_line(text, end)],
    );
    before.trim().is_empty() && after.trim().is_empty()
}
