//! Names of many registries to which the same happens.

use super::{count, wrap};
use crate::model::{RegistryId, grouped};
use crate::render::{Paint, safe};

/// Most registries that a text names at one place. A fleet has thousands.
const MOST_NAMED: usize = 40;

/// Returns the first names of many. The last entry then counts the others, and says where they are.
pub(in crate::render::text) fn first_names(mut names: Vec<String>) -> Vec<String> {
    // One more name takes no more place than its count.
    if names.len() > MOST_NAMED + 1 {
        let rest = (names.len() - MOST_NAMED) as u64;
        names.truncate(MOST_NAMED);
        names.push(format!("and {} more: `-o json` names all", grouped(rest)));
    }
    names
}

/// Names the registries of which the text about the first one is true too, the first of many; nothing if there are none. One in
/// another resource group is named with it.
pub(in crate::render::text) fn same_for<'a>(
    first: &RegistryId,
    rest: impl IntoIterator<Item = &'a RegistryId>,
    paint: Paint,
) -> Vec<String> {
    let group = first.resource_group();
    let mut names = Vec::new();
    for id in rest {
        let name = safe(id.name());
        if id.resource_group().eq_ignore_ascii_case(group) {
            names.push(name.into_owned());
        } else {
            names.push(format!("{}/{name}", safe(id.resource_group())));
        }
    }
    if names.is_empty() {
        return names;
    }
    let number = count(names.len(), "more registry", "more registries");
    let line = format!("  the same for {number}: {}", first_names(names).join(", "));
    wrap(&line, 4, paint)
}
