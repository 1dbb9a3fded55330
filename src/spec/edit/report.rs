//! What an edit does, entry by entry and line by line.

use std::ops::Range;

use serde::Serialize;

use super::lines::{line_number, line_start, next_line};
use crate::model::RegistryId;
use crate::spec::correction::{Correction, corrected};
use crate::spec::types::Source;

/// The name of the JSON format.
pub const FORMAT: &str = "ringfence.edit/1";

/// The result of an edit: the entries that were asked for, and the lines that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditReport {
    pub format: &'static str,
    /// The file that has the registry.
    pub file: String,
    /// The registry whose rules were edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub registry: Option<RegistryId>,
    pub entries: Vec<EditedEntry>,
    /// Empty if everything was as it was asked for.
    pub lines: Vec<LineChange>,
}

/// An entry that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct EditedEntry {
    /// An address, a range, a resource id or a name. For an import, the id of a registry.
    pub value: String,
    pub outcome: EntryOutcome,
    /// The entry that has the rule, or that admits its clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The place of that entry, before the edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// The outcome of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryOutcome {
    Added,
    Removed,
    /// Its owner, reason, ticket or day changed.
    Updated,
    /// It was to be added, and is listed.
    Listed,
    /// It was to be removed, and is not listed.
    NotListed,
}

/// A change of a text, which is still to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextEdit {
    /// In the order of the text.
    pub corrections: Vec<Correction>,
    pub entries: Vec<EditedEntry>,
}

/// Lines of a file that others took the place of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LineChange {
    /// The first line, counted from 1, before the edit.
    pub line: usize,
    pub removed: Vec<String>,
    pub added: Vec<String>,
}

impl EditReport {
    /// Returns the report of an edit of a file. The text is that before the edit, without a byte order mark.
    pub fn new(file: &str, text: &str, registry: Option<&RegistryId>, edit: &TextEdit) -> Self {
        Self {
            format: FORMAT,
            file: file.to_owned(),
            registry: registry.cloned(),
            entries: edit.entries.clone(),
            lines: changed_lines(text, &edit.corrections),
        }
    }
}

/// Returns the lines of a text that corrections change. The corrections are in the order of the text.
fn changed_lines(text: &str, corrections: &[Correction]) -> Vec<LineChange> {
    let mut groups: Vec<(Range<usize>, Vec<Correction>)> = Vec::new();
    for correction in corrections {
        let lines = lines_of(text, correction);
        match groups.last_mut() {
            Some((last, inside)) if lines.start <= last.end => {
                last.end = last.end.max(lines.end);
                inside.push(correction.clone());
            }
            _ => groups.push((lines, vec![correction.clone()])),
        }
    }
    let mut changes = Vec::new();
    for (lines, mut inside) in groups {
        for correction in &mut inside {
            correction.offset -= lines.start;
        }
        let before = &text[lines.clone()];
        if let Some(after) = corrected(before.as_bytes(), &inside) {
            let after = String::from_utf8_lossy(&after).into_owned();
            changes.extend(change(line_number(text, lines.start), before, &after));
        }
    }
    changes
}

/// Returns the bytes of the lines that a correction changes. Whole new lines change none.
fn lines_of(text: &str, correction: &Correction) -> Range<usize> {
    let (start, end) = (correction.offset, correction.offset + correction.before.len());
    let is_whole = line_start(text, start) == start
        && (correction.before.is_empty() || correction.before.ends_with('\n'))
        && (correction.after.is_empty() || correction.after.ends_with('\n'));
    if is_whole {
        start..end
    } else {
        line_start(text, start)..next_line(text, end)
    }
}

/// Compares lines. Those that are the same at the beginning and at the end are left out.
fn change(line: usize, before: &str, after: &str) -> Option<LineChange> {
    let (mut removed, mut added): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    while let (Some(old), Some(new)) = (removed.last(), added.last())
        && old == new
    {
        removed.pop();
        added.pop();
    }
    let mut same = 0;
    while same < removed.len() && removed.get(same) == added.get(same) {
        same += 1;
    }
    let removed: Vec<String> = removed[same..].iter().map(|line| (*line).to_owned()).collect();
    let added: Vec<String> = added[same..].iter().map(|line| (*line).to_owned()).collect();
    let line = line + same;
    (!removed.is_empty() || !added.is_empty()).then_some(LineChange { line, removed, added })
}
