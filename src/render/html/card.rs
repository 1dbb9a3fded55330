//! One registry.

use maud::{Markup, html};

use super::anchor;
use super::changes::{ChangeRow, Sign};
use super::clients::clients;
use super::prose::{place, prose};
use super::strip::strips;
use super::view::{Card, Level};
use crate::render::{Entry, safe};

/// Renders a registry: who gets in, what changes, and what was found.
pub(super) fn card(card: &Card<'_>, sides: [&str; 2]) -> Markup {
    html! {
        article.(card.level.word()) id=(card.anchor) {
            h3 {
                a href={ "#" (card.anchor) } { (safe(card.id.name())) }
                " " span { (card.state) }
            }
            p.about { (about(card)) }
            @if !card.mode.is_empty() { p.mode { (safe(&card.mode)) } }
            @if let Some(picture) = &card.picture {
                (strips(picture, sides))
                (clients(picture))
            }
            @for (verb, names) in &card.effects { p.effect { b { (verb) } " " (safe(names)) } }
            (changes(&card.changes))
            (steps(&card.steps))
            @if !card.findings.is_empty() { h4 { "Findings" } }
            (findings(&card.findings))
            @for remark in &card.remarks { p.about { (prose(remark)) } }
        }
    }
}

/// Returns the place of a registry in Azure and in the spec.
fn about(card: &Card<'_>) -> String {
    let id = card.id;
    let mut about = format!(
        "group {}, subscription {}",
        safe(id.resource_group()),
        safe(id.subscription())
    );
    if let Some(source) = card.source {
        about += &format!(", {}", place(source));
    }
    about
}

fn changes(rows: &[ChangeRow]) -> Markup {
    html! {
        @if !rows.is_empty() {
            h4 { "Changes" }
            ul.changes {
                @for row in rows {
                    li.(class(row.sign)) {
                        span { (row.key) } " " code { (row.text) }
                        @if !row.remarks.is_empty() { " " small { (safe(&row.remarks.join("; "))) } }
                    }
                }
            }
        }
    }
}

fn class(sign: Sign) -> &'static str {
    match sign {
        Sign::Added => "added",
        Sign::Removed => "removed",
        Sign::Changed => "changed",
        Sign::More => "more",
    }
}

fn steps(steps: &[String]) -> Markup {
    html! {
        @if !steps.is_empty() {
            h4 { "Steps" }
            ol { @for step in steps { li { (prose(step)) } } }
        }
    }
}

pub(super) fn findings(entries: &[Entry]) -> Markup {
    html! {
        @if !entries.is_empty() {
            ul.findings { @for entry in entries { (finding(entry)) } }
        }
    }
}

/// Renders a finding: severity, rule, what is found, its line, and the next step.
fn finding(entry: &Entry) -> Markup {
    let rule = anchor::of_rule(&entry.rule);
    let level = match entry.accepted {
        Some(_) => "accepted",
        None => Level::from(entry.severity).word(),
    };
    html! {
        li.(level) data-rule=(rule) {
            b { (level) } " " a href={ "#" (rule) } { (safe(&entry.rule)) } " " (prose(&entry.message))
            @if let Some(source) = &entry.source { " " small { (place(source)) } }
            @if let Some(reason) = &entry.accepted { " " small { "accepted: " (safe(reason)) } }
            @if let Some(help) = &entry.help { p { (prose(help)) } }
        }
    }
}
