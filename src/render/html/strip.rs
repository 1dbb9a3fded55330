//! The addresses that get in, as a strip.
//!
//! A linear strip of 2^32 addresses shows nothing of a rule. Here each range is as wide as the logarithm of its size, and the
//! last block, by far the widest, is the rest of the internet. A block in full height gets in, and where there is only the
//! line, nobody does. Both sides have the same blocks, so that a reader sees which one comes or goes.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::model::{Access, AddressSet, Cidr, Gate, Rule, grouped};
use crate::plan::AccessPicture;

/// Width and height in the units of the drawing.
const WIDTH: f64 = 1000.0;
const HEIGHT: u32 = 16;
/// Most blocks of a strip. More are put together by what happens to them.
const MOST_BLOCKS: usize = 120;
/// Most ranges named beside a strip.
const MOST_RANGES: usize = 6;

/// Addresses to which the same happens.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Block {
    weight: f64,
    before: bool,
    after: bool,
}

/// Draws the sides of a picture, or one where both are the same.
pub(super) fn strips(picture: &AccessPicture, names: [&str; 2]) -> Markup {
    let AccessPicture { before, after, .. } = picture;
    let changed = after
        .as_ref()
        .filter(|after| addresses(after) != addresses(before));
    let blocks = blocks(before, changed.unwrap_or(before));
    html! {
        dl.strips {
            dt { (names[0]) }
            dd { (strip(&blocks, false)) (caption(before)) }
            @if let Some(after) = changed {
                dt { (names[1]) }
                dd { (strip(&blocks, true)) (caption(after)) }
            }
        }
    }
}

/// Returns the public addresses that get in.
fn addresses(access: &Access) -> AddressSet {
    access.addresses().public()
}

/// Returns the blocks of both sides: ranges by address, and then the rest of the internet.
fn blocks(before: &Access, after: &Access) -> Vec<Block> {
    let [(was_open, old), (is_open, new)] = [before, after].map(listed);
    let both = old.intersection(&new);
    let mut ranges = Vec::new();
    for (set, in_before, in_after) in [
        (old.difference(&new), true, is_open),
        (new.difference(&old), was_open, true),
        (both, true, true),
    ] {
        for (first, last) in set.ranges() {
            let block = Block {
                weight: weight(u64::from(last - first) + 1),
                before: in_before,
                after: in_after,
            };
            ranges.push((*first, block));
        }
    }
    ranges.sort_by_key(|(first, _)| *first);
    let mut blocks: Vec<Block> = ranges.into_iter().map(|(_, block)| block).collect();
    if blocks.len() > MOST_BLOCKS {
        blocks = put_together(&blocks);
    }
    let rest = AddressSet::all().public().difference(&old.union(&new)).len();
    if rest > 0 {
        blocks.push(Block {
            weight: weight(rest),
            before: was_open,
            after: is_open,
        });
    }
    blocks
}

/// Returns true for a side that is open, and else the addresses that its rules admit.
fn listed(access: &Access) -> (bool, AddressSet) {
    match access.gate() {
        Gate::Open => (true, AddressSet::default()),
        Gate::Rules | Gate::Disabled => (false, addresses(access)),
    }
}

fn weight(addresses: u64) -> f64 {
    // 2^32 addresses are far below the precision of a float.
    (addresses as f64).log2() + 1.0
}

/// Returns one block for each thing that happens to addresses.
fn put_together(blocks: &[Block]) -> Vec<Block> {
    let mut sums: Vec<Block> = Vec::new();
    for block in blocks {
        let same = sums
            .iter_mut()
            .find(|sum| (sum.before, sum.after) == (block.before, block.after));
        match same {
            Some(sum) => sum.weight += block.weight,
            None => sums.push(*block),
        }
    }
    sums
}

/// Draws one side. Blocks that stay, come or go are a path each.
fn strip(blocks: &[Block], is_after: bool) -> Markup {
    let all: f64 = blocks.iter().map(|block| block.weight).sum();
    let (mut same, mut other, mut at) = (String::new(), String::new(), 0.0);
    for block in blocks {
        let width = block.weight / all * WIDTH;
        let is_admitted = if is_after { block.after } else { block.before };
        if is_admitted {
            let path = if block.before == block.after {
                &mut same
            } else {
                &mut other
            };
            // A gap tells two blocks apart.
            let drawn = (width - 2.0).max(1.0);
            let _ = write!(path, "M{at:.0} 0h{drawn:.0}v{HEIGHT}h-{drawn:.0}z");
        }
        at += width;
    }
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
            @if !same.is_empty() { path d=(same) {} }
            @if !other.is_empty() { path.(if is_after { "gain" } else { "loss" }) d=(other) {} }
        }
    }
}

/// Says the same in words. Where public access is hidden, those that a rule admits may be refused; a rule that cannot be read
/// may admit others.
fn caption(access: &Access) -> Markup {
    let [one, many] = match access.hides_public_access() {
        true => ["may get in"; 2],
        false => ["gets in", "get in"],
    };
    let admitted = addresses(access);
    html! {
        @if access.gate() == Gate::Open {
            "every public address " (one)
        } @else if !admitted.is_empty() {
            @let (noun, verb) = if admitted.len() == 1 { ("address", one) } else { ("addresses", many) };
            (grouped(admitted.len())) " " (noun) " " (verb) ": " (ranges(access))
            @if access.may_admit_more() { ", and others may" }
        } @else if access.may_admit_more() {
            "public addresses may get in"
        } @else {
            "no public address gets in"
        }
    }
}

/// Names the ranges of rules, the biggest first.
fn ranges(access: &Access) -> String {
    let mut ranges: Vec<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    ranges.sort_by_key(|range| (range.prefix_len(), range.first()));
    ranges.dedup();
    let mut words = Vec::new();
    for range in ranges.iter().take(MOST_RANGES) {
        words.push(range.to_string());
    }
    let mut text = words.join(", ");
    if ranges.len() > MOST_RANGES {
        let _ = write!(text, " and {} more", ranges.len() - MOST_RANGES);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DefaultAction;

    fn access(action: DefaultAction, rules: &[&str]) -> Access {
        let rules: Vec<Rule> = rules.iter().map(|text| Rule::parse(text)).collect();
        Access {
            default_action: action,
            ip_rules: rules.into(),
            ..Access::default()
        }
    }

    fn drawn(blocks: &[Block]) -> Vec<(u32, bool, bool)> {
        let mut drawn = Vec::new();
        for block in blocks {
            drawn.push((block.weight.round() as u32, block.before, block.after));
        }
        drawn
    }

    #[test]
    fn blocks_are_as_wide_as_the_logarithm_of_their_size() {
        let before = access(DefaultAction::Deny, &["8.0.0.0/8", "9.9.9.9"]);
        let after = access(DefaultAction::Deny, &["8.0.0.0/8", "1.1.1.0/24"]);
        let want = [
            (9, false, true),
            (25, true, true),
            (1, true, false),
            (33, false, false),
        ];
        assert_eq!(drawn(&blocks(&before, &after)), want);
        let open = access(DefaultAction::Allow, &["8.8.8.8"]);
        let want = [(25, true, true), (1, true, true), (33, true, false)];
        assert_eq!(drawn(&blocks(&open, &before)), want);
        assert_eq!(drawn(&blocks(&open, &open)), [(33, true, true)]);
    }

    #[test]
    fn captions_do_not_call_unknown_clients_refused() {
        for (rules, words) in [
            (&["odd"][..], "public addresses may get in"),
            (&["odd", "8.8.8.8"], "1 address gets in: 8.8.8.8, and others may"),
            // No address of the strip is one of IPv6.
            (&["::/0"], "no public address gets in"),
        ] {
            let caption = caption(&access(DefaultAction::Deny, rules));
            assert_eq!(caption.into_string(), words, "{rules:?}");
        }
        let hidden = Access {
            public_network_access: None,
            ..access(DefaultAction::Deny, &["8.8.8.8"])
        };
        assert_eq!(caption(&hidden).into_string(), "1 address may get in: 8.8.8.8");
    }

    #[test]
    fn many_ranges_become_few_blocks() {
        let rules: Vec<String> = (0..2000)
            .map(|n| format!("8.{}.{}.1", n / 200, n % 200))
            .collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let many = access(DefaultAction::Deny, &rules);
        let none = access(DefaultAction::Deny, &[]);
        assert_eq!(
            drawn(&blocks(&none, &many)),
            [(2000, false, true), (33, false, false)]
        );
    }
}
