//! Text of imports: what was imported, what was seen beside it, and what could not be read.

use std::collections::BTreeMap;

use super::common::{self, UnreadPlace, count};
use crate::import::Import;
use crate::model::RegistryId;
use crate::render::{Paint, safe};

/// Registries named in one line; more are counted.
const MOST_NAMED: usize = 5;

/// Renders what an import did, for stderr: the spec itself goes elsewhere.
pub(in crate::render) fn import(import: &Import, paint: Paint) -> String {
    let mut lines = vec![head(import)];
    for note in &import.notes {
        let line = format!("  - {}", safe(&note.message));
        lines.extend(common::wrap(&line, 4, paint));
    }
    for (message, registries) in by_message(import) {
        let line = format!("  - {}: {}", names(&registries), safe(message));
        lines.extend(common::wrap(&line, 4, paint));
    }
    let mut blocks = vec![lines];
    let mut unread = Vec::new();
    for place in &import.failures {
        unread.push(UnreadPlace {
            id: &place.id,
            error: &place.error,
            located: place.located(),
        });
    }
    blocks.extend(common::unread_places(&unread, paint));
    common::page(&blocks)
}

fn head(import: &Import) -> String {
    let summary = &import.summary;
    let mut head = format!("imported {}", common::registries(summary.registries));
    let networks = count(summary.networks, "named network", "named networks");
    let subnets = count(summary.subnets, "named subnet", "named subnets");
    head += &format!(", with {networks} and {subnets}");
    if summary.failures > 0 {
        head += &format!(
            "; {} not read",
            count(summary.failures, "place was", "places were")
        );
    }
    head
}

/// Groups the notes, because many registries have the same.
fn by_message(import: &Import) -> BTreeMap<&str, Vec<&RegistryId>> {
    let mut messages: BTreeMap<&str, Vec<&RegistryId>> = BTreeMap::new();
    for registry in &import.registries {
        for note in &registry.notes {
            messages.entry(&note.message).or_default().push(&registry.id);
        }
    }
    messages
}

fn names(registries: &[&RegistryId]) -> String {
    let mut names = Vec::new();
    for id in registries {
        names.push(safe(id.name()).into_owned());
    }
    common::first_of(&names, MOST_NAMED)
}
