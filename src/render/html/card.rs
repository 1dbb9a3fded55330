//! One registry.

use maud::{Markup, html};

use super::anchor;
use super::clients::clients;
use super::prose::{place, place_beside, prose};
use super::strip::strips;
use super::view::changes::{ChangeRow, Sign};
use super::view::{Card, Level, SideWords};
use crate::render::{Entry, safe};
use crate::spec::{Severity, Source};

/// Renders a registry: who gets in, what changes, and what was found.
pub(super) fn card(card: &Card<'_>, sides: &SideWords, known: &[&str]) -> Markup {
    html! {
        article.(card.level.word()) id=(card.anchor) {
            h3 {
                a href={ "#" (card.anchor) } { (safe(card.id.name())) }
                " " span { (card.state) }
            }
            p.about { (about(card)) }
            @if !card.mode.is_empty() { p.mode { (safe(&card.mode)) } }
            @if let Some(picture) = &card.picture {
                (strips(picture, sides.names))
                (clients(picture, sides))
            }
            @for (verb, names) in &card.effects { p.effect { b { (verb) } " " (safe(names)) } }
            (changes(&card.changes))
            (steps(&card.steps))
            // Where there is nothing else, the list needs no head.
            @if !card.findings.is_empty() && (!card.changes.is_empty() || !card.steps.is_empty()) { h4 { "Findings" } }
            (findings(&card.findings, card.source, known))
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

/// Renders findings: one line each, and one line for all notes, which are many and seldom urgent. `home` is the place of the
/// registry, and `known` the next step that the page has already.
pub(super) fn findings(entries: &[Entry], home: Option<&Source>, known: &[&str]) -> Markup {
    let mut told: Vec<&str> = known.to_vec();
    let (mut lines, mut notes) = (Vec::new(), Vec::new());
    for entry in entries {
        if entry.severity == Severity::Note && entry.accepted.is_none() {
            notes.push(entry);
            continue;
        }
        // Findings that share their next step say it once.
        let help = entry.help.as_deref().filter(|help| !told.contains(help));
        told.extend(help);
        lines.push(finding(entry, home, help));
    }
    html! {
        @if !entries.is_empty() {
            ul.findings {
                @for line in lines { (line) }
                @if !notes.is_empty() { (self::notes(&notes, home)) }
            }
        }
    }
}

/// Renders a finding: severity, rule, what is found, its line, and the next step.
fn finding(entry: &Entry, home: Option<&Source>, help: Option<&str>) -> Markup {
    let level = match entry.accepted {
        Some(_) => "accepted",
        None => Level::from(entry.severity).word(),
    };
    html! {
        li.(level) {
            b { (level) } " " (link(entry)) " " (prose(&entry.message)) (in_place(entry, home))
            @if let Some(reason) = &entry.accepted { " " small { "accepted: " (safe(reason)) } }
            @if let Some(help) = help { p { (prose(help)) } }
        }
    }
}

/// Says where it is, unless it is in the line of the registry.
fn in_place(entry: &Entry, home: Option<&Source>) -> Markup {
    let place = entry
        .source
        .as_ref()
        .and_then(|source| place_beside(source, home));
    html! { @if let Some(place) = place { " (" (place) ")" } }
}

/// Leads to the row of the rule, by which the filter knows the finding. Rules of accepted findings have none.
fn link(entry: &Entry) -> Markup {
    let rule = anchor::of_rule(&entry.rule);
    html! {
        @if entry.accepted.is_some() { span data-rule=(rule) { (safe(&entry.rule)) } }
        @else { a href={ "#" (rule) } { (safe(&entry.rule)) } }
    }
}

/// Renders notes in one line, without code and next steps: a fleet has tens of thousands. The rules have the next steps.
fn notes(entries: &[&Entry], home: Option<&Source>) -> Markup {
    html! {
        li.note {
            b { (entries.len()) @if entries.len() == 1 { " note" } @else { " notes" } }
            @for (at, entry) in entries.iter().enumerate() {
                @if at > 0 { ";" }
                " " (link(entry)) " " (safe(&entry.message.replace('`', ""))) (in_place(entry, home))
            }
        }
    }
}
