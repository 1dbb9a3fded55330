//! The page as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::card::{card, findings};
use super::filters::{filters, found_rules, rules};
use super::fleet::fleet;
use super::prose::prose;
use super::view::PageView;
use crate::render::safe;

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/script.js");

/// Renders the page. Ends with a newline.
pub(super) fn page(view: PageView<'_>) -> String {
    let title = format!("ringfence {}", view.command);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) ": " (safe(view.summary.trim())) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(&view))
                (main(&view))
                footer { p { (title) " " (env!("CARGO_PKG_VERSION")) ", " (safe(view.created)) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// Returns the policy of the page: no request at all, and no style and script but the ones that it contains.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// Returns the hash by which a policy names a style or a script.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// Says what was compared, when, how it ended, and what to do next.
fn head(view: &PageView<'_>) -> Markup {
    html! {
        header {
            h1 { "ringfence " (view.command) }
            p.summary { (safe(view.summary.trim())) }
            (findings(&view.beside, None, &[]))
            dl.facts {
                dt { "Compared with" } dd { (compared(view.compared)) }
                dt { "Time" } dd { time datetime=(view.created) { (safe(view.created)) } }
                @for (what, command) in &view.next { dt { (what) } dd { code.command { (safe(command)) } } }
                dt { "Exit codes" } dd { (prose(view.exits)) }
            }
            nav aria-label="Page" {
                @if view.cards.len() > 1 { a href="#page-fleet" { "Fleet" } " " }
                @if view.has_findings() { a href="#page-rules" { "Findings by rule" } " " }
                a href="#page-registries" { "Registries" }
            }
        }
    }
}

fn compared(with: &[String]) -> String {
    match with {
        [] => "no spec".to_owned(),
        names => safe(&names.join(", ")).into_owned(),
    }
}

/// Cards that a browser lays out together, once they are near. Each alone would make scrolling slow.
const CHUNK: usize = 25;

fn main(view: &PageView<'_>) -> Markup {
    let found = found_rules(&view.cards, &view.beside);
    let known: Vec<&str> = view.next.iter().map(|(_, command)| *command).collect();
    // The rules of one registry are below it: it has its findings with it.
    let is_fleet = view.cards.len() > 1;
    html! {
        main {
            (fleet(&view.cards))
            @if is_fleet { (rules(&found, &known)) }
            section id="page-registries" aria-labelledby="page-registries-head" {
                h2 id="page-registries-head" { "Registries" }
                (filters(&view.cards, &found))
                @if view.cards.is_empty() { p { "No registry was read." } }
                @for cards in view.cards.chunks(CHUNK) {
                    div.chunk { @for registry in cards { (card(registry, view.sides, &known)) } }
                }
            }
            @if !is_fleet { (rules(&found, &known)) }
        }
    }
}
