//! A key set in a mapping, or added to it.

use super::lines::{indent_to, insert_lines, line_break, splice};
use super::new_item::quoted;
use super::source_tree::{Quotes, SourceContent, SourceNode};
use crate::spec::correction::Correction;

/// Sets a key to a text. Returns `None` if the value that the key has is not a text written here.
pub(super) fn set(text: &str, map: &SourceNode, key: &str, value: &str) -> Option<Correction> {
    let Some((_, old)) = map.entry(key) else {
        return insert(text, map, &format!("{key}: {}", quoted(value, Quotes::None)));
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
        return Some(splice(text, end..end, format!(", {pair}")));
    }
    let line = format!(
        "{}{pair}{}",
        indent_to(text, first.start()),
        line_break(text, end)
    );
    Some(insert_lines(text, end, &line))
}
