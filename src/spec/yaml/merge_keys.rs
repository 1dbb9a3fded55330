//! The keys of a mapping: each once, and those that `<<` brings.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Faults, duplicate, key_is_no_text, not_a_merge};
use super::node::{At, Kind, Node};

/// Checks keys and adds what `<<` brings: a key of the mapping itself wins, then the first merged mapping.
pub(crate) fn merge(
    faults: &mut Faults,
    own: Vec<(Node, Node)>,
    merges: Vec<(Node, Node)>,
) -> Vec<(Node, Node)> {
    let mut entries = unique(faults, own);
    for (second, _) in merges.iter().skip(1) {
        faults.push(duplicate(second.at, "<<", merges[0].0.at));
    }
    if merges.is_empty() {
        return entries;
    }
    let mut taken: BTreeSet<Box<str>> = entries
        .iter()
        .filter_map(|(key, _)| key.text())
        .map(Into::into)
        .collect();
    for (merge, value) in merges {
        match mappings(value) {
            Some(inherited) => entries.extend(
                inherited
                    .flatten()
                    .filter(|(key, _)| key.text().is_some_and(|key| taken.insert(key.into()))),
            ),
            None => faults.push(not_a_merge(merge.at)),
        }
    }
    entries
}

/// Drops keys that are no text or that were given before, and says so.
fn unique(faults: &mut Faults, entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
    let mut seen: BTreeMap<Box<str>, At> = BTreeMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let Some(name) = key.text() else {
            faults.push(key_is_no_text(&key));
            continue;
        };
        match seen.get(name) {
            Some(first) => faults.push(duplicate(key.at, name, *first)),
            None => {
                seen.insert(name.into(), key.at);
                kept.push((key, value));
            }
        }
    }
    kept
}

/// What `<<` may bring: the entries of a mapping, or of each mapping of a list.
fn mappings(value: Node) -> Option<impl Iterator<Item = Vec<(Node, Node)>>> {
    let items = match value.kind {
        Kind::List(items) => items,
        _ => vec![value],
    };
    let all = items.iter().all(|item| matches!(item.kind, Kind::Map(_)));
    all.then(|| {
        items.into_iter().filter_map(|item| match item.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        })
    })
}
