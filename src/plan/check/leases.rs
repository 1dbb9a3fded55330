//! The check of leases that are in the way.

use super::input::{CheckInput, Found};

/// Refuses to build on what a lease holds, and to take out what a running one needs.
pub(super) fn in_the_way(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for conflict in input.held_by_lease {
        found.push(Found::refusal(conflict.message(), conflict.help()));
    }
    found
}
