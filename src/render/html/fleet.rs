//! All registries at a glance: a band for each access mode, a cell for each registry, the worst first.

use maud::{Markup, html};

use super::view::{Card, Level, NOT_READ};
use crate::model::grouped;
use crate::render::safe;

/// The bands, from the widest access to the least.
const BANDS: [&str; 6] = [
    "open",
    "open to all",
    "selected networks",
    "private only",
    "closed",
    NOT_READ,
];
/// Most registries whose cells have their names. More are signs, and show their names where they are pointed at.
const MOST_NAMED: usize = 150;

/// Renders the fleet. One registry alone needs no overview.
pub(super) fn fleet(cards: &[Card<'_>]) -> Markup {
    let look = if cards.len() > MOST_NAMED {
        "signs"
    } else {
        "names"
    };
    html! {
        @if cards.len() > 1 {
            section.fleet id="page-fleet" aria-labelledby="page-fleet-head" {
                h2 id="page-fleet-head" { "Fleet" }
                (legend(cards))
                @for band in BANDS { (self::band(band, cards, look)) }
            }
        }
    }
}

/// Counts the registries of each level.
fn legend(cards: &[Card<'_>]) -> Markup {
    html! {
        ul.legend {
            @for level in Level::ALL {
                @let number = cards.iter().filter(|card| card.level == level).count();
                @if number > 0 { li.(level.word()) { (level.word()) " " b { (grouped(number as u64)) } } }
            }
        }
    }
}

fn band(name: &str, cards: &[Card<'_>], look: &str) -> Markup {
    let mut number = 0;
    let mut levels = Vec::new();
    for level in Level::ALL {
        let same: Vec<&Card<'_>> = cards
            .iter()
            .filter(|card| card.band == name && card.level == level)
            .collect();
        number += same.len();
        if !same.is_empty() {
            levels.push((level, same));
        }
    }
    html! {
        @if number > 0 {
            h3 { (name) " " span { (grouped(number as u64)) } }
            div.cells.(look) {
                @for (level, cards) in levels {
                    @let words = format!("{name}, {}: {}", level.word(), grouped(cards.len() as u64));
                    div role="group" aria-label=(words) {
                        @for card in cards {
                            a.(level.word()) href={ "#" (card.anchor) } { (safe(card.id.name())) }
                        }
                    }
                }
            }
        }
    }
}
