//! The view of a plan.

use super::changes;
use super::{Card, Level, PageView, SideWords, complete, last_side, modes};
use crate::plan::{Plan, RegistryPlan, Step};
use crate::render::text::{self, effects, step};
use crate::render::{Entry, safe};

/// What the exit codes of `plan` mean.
const EXITS: &str = "0: planned. 2, with `--detailed-exitcode`: something would change. 3: apply would refuse the plan. \
                     1: something could not be read.";

const SIDES: SideWords = SideWords {
    names: ["now", "after apply"],
    gain: "Gain access",
    may_gain: "May gain access",
    lose: "Lose access",
    may_lose: "May lose access",
};

/// Returns what a page says about a plan.
pub(in crate::render::html) fn view(plan: &Plan, entries: Vec<Entry>, summary: String) -> PageView<'_> {
    let (mut cards, is_stopped) = (Vec::new(), plan.is_stopped());
    for registry in &plan.registries {
        cards.push(card(registry, is_stopped, &plan.created));
    }
    cards.extend(plan.failures.iter().map(Card::unread));
    let (cards, beside) = complete(cards, entries);
    PageView {
        command: "plan",
        created: &plan.created,
        compared: &plan.specs,
        summary,
        next: Vec::new(),
        exits: EXITS,
        sides: &SIDES,
        cards,
        beside,
    }
}

/// Makes the card of a registry. `is_stopped` is true if a guard stops the whole run.
fn card<'a>(registry: &'a RegistryPlan, is_stopped: bool, now: &str) -> Card<'a> {
    let level = if !registry.refusals.is_empty() {
        Level::Error
    } else if registry.changes.is_empty() {
        Level::Fine
    } else if is_stopped {
        Level::Warning
    } else {
        Level::Change
    };
    let mut changes = Vec::new();
    for change in registry.changes.all() {
        changes.extend(changes::rows(&change, None));
    }
    let mut effects = effects(&registry.access);
    if effects.is_empty() && !changes.is_empty() {
        effects.push(("access", "no client gains or loses access".to_owned()));
    }
    let mut remarks = Vec::new();
    if is_stopped && registry.writes() {
        remarks.push("Nothing will be written: a broken guard stops the whole run.".to_owned());
    }
    if let Some(last) = &registry.last_modified
        && !changes.is_empty()
    {
        remarks.push(text::changed_last(&last.at, &last.by, &last.by_type, now));
    }
    Card {
        level,
        state: text::state_of_plan(registry, is_stopped),
        mode: modes(&registry.mode.before, &registry.mode.after),
        effects,
        changes,
        steps: registry.steps.iter().map(in_words).collect(),
        remarks,
        ..Card::new(&registry.id, registry.source.as_ref())
    }
    .with_picture(registry.picture(), last_side)
}

/// Says what a step does, and what a client notices of it.
fn in_words(planned: &Step) -> String {
    match &planned.cost {
        Some(cost) => format!("{}. Clients notice: {}", step(&planned.action), safe(cost)),
        None => step(&planned.action),
    }
}
