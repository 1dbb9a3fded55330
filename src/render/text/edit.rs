//! Text of edits: what became of each entry, and the lines that changed.

use super::common::{self, place};
use crate::render::{Paint, safe};
use crate::spec::edit::{EditReport, EditedEntry, EntryOutcome, LineChange};

/// Renders an edit.
pub(in crate::render) fn edit(edit: &EditReport, paint: Paint) -> String {
    let mut head = vec![match &edit.registry {
        Some(registry) => format!("{} in {}", paint.bold(safe(registry.name())), safe(&edit.file)),
        None => safe(&edit.file).into_owned(),
    }];
    for found in &edit.entries {
        head.extend(common::wrap(&entry(found, paint), 4, paint));
    }
    let mut blocks = vec![head];
    for change in &edit.lines {
        blocks.push(lines(&edit.file, change, paint));
    }
    blocks.push(vec![match edit.lines.is_empty() {
        true => "Nothing to change.".to_owned(),
        false => "The file is changed. Nothing was sent to Azure.".to_owned(),
    }]);
    common::page(&blocks)
}

fn entry(entry: &EditedEntry, paint: Paint) -> String {
    let value = safe(&entry.value);
    let mut text = match entry.outcome {
        EntryOutcome::Added => format!("{} {value} added", paint.good("+")),
        EntryOutcome::Removed => format!("{} {value} removed", paint.bad("-")),
        EntryOutcome::Updated => format!("{} {value} updated", paint.warn("~")),
        EntryOutcome::Listed => format!("= {value} is listed already"),
        EntryOutcome::NotListed => format!("= {value} is not listed"),
    };
    let is_news = matches!(entry.outcome, EntryOutcome::Listed | EntryOutcome::NotListed);
    if let (Some(by), true) = (&entry.by, is_news) {
        text += &match entry.outcome {
            EntryOutcome::Listed => format!(", by `{}`", safe(by)),
            _ => format!("; `{}` admits it", safe(by)),
        };
    }
    if let (Some(source), true) = (&entry.source, is_news) {
        text += &format!(" ({})", place(source));
    }
    format!("  {text}")
}

fn lines(file: &str, change: &LineChange, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!(
        "{}",
        paint.dim(format!("{}:{}", safe(file), change.line))
    )];
    for line in &change.removed {
        lines.push(format!("{}", paint.bad(format!("- {}", safe(line)))));
    }
    for line in &change.added {
        lines.push(format!("{}", paint.good(format!("+ {}", safe(line)))));
    }
    lines
}
