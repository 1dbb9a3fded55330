//! The plan as text, readable at one registry and at a thousand.

mod changes;
mod group;
mod groups;
mod impact;
mod overview;
#[cfg(test)]
mod pictures;
mod registry;
mod spec_diff;
mod summary;
#[cfg(test)]
mod tests;

use super::common::{self, page};
use crate::plan::Plan;
use crate::render::Paint;

pub(in crate::render) use changes::words as listed_words;
pub(in crate::render) use overview::{overview, state};
pub(in crate::render) use spec_diff::spec_diff;
pub(in crate::render) use summary::summary;

/// Renders the whole plan: registries that change, those that are refused or cannot be read, and the summary. Registries
/// that do not change are a number, and those that change alike are shown once.
pub(in crate::render) fn plan(plan: &Plan, paint: Paint) -> String {
    let stopped = plan.is_stopped();
    let mut blocks = Vec::new();
    for group in groups::groups(&plan.registries, paint) {
        blocks.push(registry::block(&group, stopped, &plan.created, paint));
    }
    if paint.shows_all() {
        blocks.extend(groups::unchanged(&plan.registries, paint));
    }
    blocks.extend(common::unread(&plan.failures, paint));
    for one in &plan.impacts {
        blocks.push(impact::block(one, paint));
    }
    blocks.push(summary::end(plan, paint));
    page(&blocks)
}
