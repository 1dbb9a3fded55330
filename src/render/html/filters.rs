//! Rules with their findings, and the filters of the registries.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::anchor;
use super::prose::prose;
use super::view::{Card, Level};
use crate::model::grouped;
use crate::render::{Entry, safe};

/// Most registries that a rule names.
const MOST_NAMED: usize = 8;

/// A rule, and the registries in which it finds something.
pub(super) struct FoundRule<'a> {
    example: &'a Entry,
    level: Level,
    number: usize,
    cards: Vec<&'a Card<'a>>,
}

/// Returns the rules that find something that is not accepted, the worst first.
pub(super) fn found_rules<'a>(cards: &'a [Card<'a>], beside: &'a [Entry]) -> Vec<FoundRule<'a>> {
    let mut rules: BTreeMap<&str, FoundRule<'a>> = BTreeMap::new();
    for card in cards {
        add(&mut rules, &card.findings, Some(card));
    }
    add(&mut rules, beside, None);
    let mut rules: Vec<FoundRule<'a>> = rules.into_values().collect();
    rules.sort_by(|a, b| (a.level, &a.example.rule).cmp(&(b.level, &b.example.rule)));
    rules
}

fn add<'a>(
    rules: &mut BTreeMap<&'a str, FoundRule<'a>>,
    entries: &'a [Entry],
    card: Option<&'a Card<'a>>,
) {
    for entry in entries.iter().filter(|entry| entry.accepted.is_none()) {
        let rule = rules.entry(&entry.rule).or_insert(FoundRule {
            example: entry,
            level: entry.severity.into(),
            number: 0,
            cards: Vec::new(),
        });
        rule.level = rule.level.min(entry.severity.into());
        rule.number += 1;
        // The findings of a registry are together.
        let is_new =
            !matches!((rule.cards.last(), card), (Some(last), Some(card)) if std::ptr::eq(*last, card));
        rule.cards.extend(card.filter(|_| is_new));
    }
}

/// Renders the rules as a table.
pub(super) fn rules(rules: &[FoundRule<'_>], known: &[&str]) -> Markup {
    html! {
        @if !rules.is_empty() {
            section id="page-rules" aria-labelledby="page-rules-head" {
                h2 id="page-rules-head" { "Findings by rule" }
                // A keyboard scrolls the table where the window is narrow.
                div.scroll tabindex="0" role="group" aria-label="Table of rules" {
                    table {
                        thead { tr { th scope="col" { "rule" } th scope="col" { "finds" } th scope="col" { "findings" } th scope="col" { "registries" } } }
                        tbody { @for rule in rules { (row(rule, known)) } }
                    }
                }
            }
        }
    }
}

fn row(rule: &FoundRule<'_>, known: &[&str]) -> Markup {
    let Entry {
        rule: name,
        title,
        about,
        help,
        ..
    } = rule.example;
    html! {
        tr.(rule.level.word()) id=(anchor::of_rule(name)) {
            th scope="row" { b { (rule.level.word()) } " " (safe(name)) }
            td {
                // Some rules say what they find in the same words as why.
                @if !about.contains(title.as_str()) { (prose(title)) }
                p { (prose(about)) }
                @if let Some(help) = help.as_deref().filter(|help| !known.contains(help)) {
                    p {
                        "Next"
                        @if let [first, _, ..] = &rule.cards[..] { ", as for " (safe(first.id.name())) }
                        ": " (prose(help))
                    }
                }
            }
            td { (grouped(rule.number as u64)) }
            td {
                @for (at, card) in rule.cards.iter().take(MOST_NAMED).enumerate() {
                    @if at > 0 { ", " }
                    a href={ "#" (card.anchor) } { (safe(card.id.name())) }
                }
                @if rule.cards.len() > MOST_NAMED {
                    " and " (grouped((rule.cards.len() - MOST_NAMED) as u64)) " more"
                }
            }
        }
    }
}

/// Renders the filters. They are hidden until the script that they need runs.
pub(super) fn filters(cards: &[Card<'_>], rules: &[FoundRule<'_>]) -> Markup {
    html! {
        form id="page-filters" role="search" aria-label="Filter registries" hidden {
            label { "Text " input type="search" name="text" placeholder="registry, address, rule …" autocomplete="off"; }
            @if !rules.is_empty() {
                label { "Rule "
                    select name="rule" {
                        option value="" { "all" }
                        @for rule in rules { option value=(anchor::of_rule(&rule.example.rule)) { (safe(&rule.example.rule)) } }
                    }
                }
            }
            fieldset {
                legend { "Show" }
                @for level in Level::ALL {
                    @if cards.iter().any(|card| card.level == level) {
                        label.(level.word()) { input type="checkbox" name="level" value=(level.word()) checked; " " (level.word()) }
                    }
                }
            }
            button type="reset" { "Show all" }
            p id="page-count" role="status" aria-live="polite" { (count(cards)) }
        }
    }
}

/// Says what the filters show before one is set. The script says it in the same words.
fn count(cards: &[Card<'_>]) -> String {
    let mut findings = 0;
    for card in cards {
        findings += card
            .findings
            .iter()
            .filter(|entry| entry.accepted.is_none())
            .count();
    }
    let registries = grouped(cards.len() as u64);
    let findings = grouped(findings as u64);
    format!("Registries shown: {registries} of {registries}. Findings: {findings}.")
}
