//! The groups of a plan, and the registries that do not change.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::group::{Detail, Group};
use super::registry;
use crate::plan::RegistryPlan;
use crate::render::text::common;
use crate::render::{Paint, safe};

/// Groups the registries that have something to show. Those that are refused come last.
pub(super) fn groups(registries: &[RegistryPlan], paint: Paint) -> Vec<Group<'_>> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    let shown: Vec<&RegistryPlan> = registries.iter().filter(|one| !is_unchanged(one)).collect();
    for registry in &shown {
        let alone = Group {
            first: registry,
            rest: Vec::new(),
        };
        if paint.shows_all() || shown.len() == 1 {
            groups.push(alone);
            continue;
        }
        // What reads the same is the same to a reader.
        let refused = !registry.refusals.is_empty();
        let text = registry::body(&alone, Detail::Shared, Paint::PLAIN).join("\n");
        match places.entry((refused, registry.breaks_guard(), text)) {
            Entry::Vacant(place) => {
                place.insert(groups.len());
                groups.push(alone);
            }
            Entry::Occupied(place) => groups[*place.get()].rest.push(registry),
        }
    }
    // The sort is stable: otherwise the order is that of the plan.
    groups.sort_by_key(|group| !group.first.refusals.is_empty());
    groups
}

/// Lists the registries that do not change, a line each.
pub(super) fn unchanged(registries: &[RegistryPlan], paint: Paint) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    for registry in registries.iter().filter(|one| is_unchanged(one)) {
        let what = format!("is up to date: {}", safe(&registry.mode.after));
        let line = common::header("=", &registry.id, registry.source.as_ref(), what, paint);
        lines.extend(common::wrap(&line, 4, paint));
    }
    if lines.is_empty() { None } else { Some(lines) }
}

/// Returns true if a number says all there is to say.
fn is_unchanged(registry: &RegistryPlan) -> bool {
    registry.changes.is_empty() && registry.refusals.is_empty() && registry.notes.is_empty()
}
