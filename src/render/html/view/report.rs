//! The view of the report of an apply.

use super::changes;
use super::{Card, Level, PageView, SideWords, complete, last_side, modes};
use crate::apply::{RegistryOutcome, RegistryReport, Report};
use crate::plan::AccessPicture;
use crate::render::{Entry, text};

/// What the exit codes of `apply` mean.
const EXITS: &str = "0: done and verified, or nothing to do. 3: refused, nothing written. 4: written, but not verified or \
                     only in part. 1: nothing written, because of an error.";

const SIDES: SideWords = SideWords {
    names: ["before", "after"],
    gain: "Gained access",
    may_gain: "May have gained access",
    lose: "Lost access",
    may_lose: "May have lost access",
};

/// Returns what a page says about a report.
pub(in crate::render::html) fn view(
    report: &Report,
    entries: Vec<Entry>,
    summary: String,
) -> PageView<'_> {
    let mut cards: Vec<Card<'_>> = report.registries.iter().map(card).collect();
    cards.extend(report.failures.iter().map(Card::unread));
    let undo = report.undo.as_deref();
    let (cards, beside) = complete(cards, entries);
    PageView {
        command: report.command.name(),
        created: &report.created,
        compared: &report.specs,
        summary,
        next: undo
            .map(|command| ("Undo the run", command))
            .into_iter()
            .collect(),
        exits: EXITS,
        sides: &SIDES,
        cards,
        beside,
    }
}

fn card(registry: &RegistryReport) -> Card<'_> {
    let mut changes = Vec::new();
    for report in &registry.changes {
        changes.extend(changes::rows(&report.change, Some(&report.outcome)));
    }
    let mut remarks = Vec::new();
    if !changes.is_empty() && registry.now.is_none() {
        remarks.push("The state after the run was not read.".to_owned());
    }
    Card {
        level: level(registry.outcome),
        state: text::state_of_report(registry.outcome),
        mode: modes(&registry.mode.before, &registry.mode.after),
        changes,
        remarks,
        ..Card::new(&registry.id, registry.source.as_ref())
    }
    .with_picture(picture(registry), last_side)
}

/// Returns the access before the run and as it was read after it.
fn picture(registry: &RegistryReport) -> AccessPicture {
    let picture = registry.picture.clone();
    match &registry.now {
        Some(now) => picture.with_now(now),
        None => picture.before_only(),
    }
}

fn level(outcome: RegistryOutcome) -> Level {
    match outcome {
        RegistryOutcome::Unchanged => Level::Fine,
        RegistryOutcome::Changed => Level::Change,
        RegistryOutcome::Skipped => Level::Warning,
        RegistryOutcome::Refused
        | RegistryOutcome::Partial
        | RegistryOutcome::Failed
        | RegistryOutcome::Unknown => Level::Error,
    }
}
