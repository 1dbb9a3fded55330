//! The rule that comes nearest to an address.

use super::facts::Facts;
use super::types::NearestRule;
use crate::model::Cidr;

/// Farthest distance that is worth a word: the addresses of a /8.
const FARTHEST: u64 = 1 << 24;

/// Returns the IP rule nearest to a range, by number of addresses between them.
pub(crate) fn nearest(facts: &Facts, range: Cidr) -> Option<NearestRule> {
    let mut nearest: Option<NearestRule> = None;
    for listed in &facts.rules {
        let Some(rule) = listed.rule.cidr() else {
            continue;
        };
        let distance = distance(rule, range);
        let closer = nearest.as_ref().is_none_or(|nearest| distance < nearest.distance);
        if closer && distance <= FARTHEST {
            nearest = Some(NearestRule {
                rule: listed.clone(),
                distance,
            });
        }
    }
    nearest
}

/// Returns the number of steps between two ranges that do not overlap.
fn distance(a: Cidr, b: Cidr) -> u64 {
    let (low, high) = if a.last() < b.first() { (a, b) } else { (b, a) };
    u64::from(high.first().saturating_sub(low.last()))
}
