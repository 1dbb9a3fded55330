//! The keys of a mapping: each key once, and the keys that `<<` merges in.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{YamlError, YamlErrors};
use super::node::{YamlNode, YamlValue};
use super::place::At;

/// The entries of a mapping.
type Entries = Vec<(YamlNode, YamlNode)>;

/// Checks the keys in `own` and adds those of `merges`, the entries with the key `<<`. A key of the mapping itself
/// wins, then the first merged mapping.
pub(crate) fn merge(errors: &mut YamlErrors, own: Entries, merges: Entries) -> Entries {
    let mut entries = unique(errors, own);
    // YAML allows `<<` once. A list of mappings merges several.
    for (second, _) in merges.iter().skip(1) {
        errors.push(YamlError::duplicate_key(second.at, "<<", merges[0].0.at));
    }
    if merges.is_empty() {
        return entries;
    }

    // The keys that are taken win over every key that is merged later.
    let mut taken: BTreeSet<Box<str>> = BTreeSet::new();
    for (key, _) in &entries {
        taken.extend(key.text().map(Box::from));
    }
    for (merge, value) in merges {
        let Some(mappings) = mappings(value) else {
            errors.push(YamlError::not_a_merge(merge.at));
            continue;
        };
        for (key, value) in mappings.into_iter().flatten() {
            if key.text().is_some_and(|name| taken.insert(name.into())) {
                entries.push((key, value));
            }
        }
    }
    entries
}

/// Reports and drops keys that are not strings, and keys that were given before.
fn unique(errors: &mut YamlErrors, entries: Entries) -> Entries {
    let mut seen: BTreeMap<Box<str>, At> = BTreeMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let Some(name) = key.text() else {
            errors.push(YamlError::wrong_key(&key));
            continue;
        };
        match seen.get(name) {
            Some(first) => errors.push(YamlError::duplicate_key(key.at, name, *first)),
            None => {
                seen.insert(name.into(), key.at);
                kept.push((key, value));
            }
        }
    }
    kept
}

/// Returns the entries of a mapping, or of each mapping of a list. Returns `None` for any other value.
fn mappings(value: YamlNode) -> Option<Vec<Entries>> {
    let items = match value.value {
        YamlValue::List(items) => items,
        YamlValue::Map(entries) => return Some(vec![entries]),
        _ => return None,
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let YamlValue::Map(entries) = item.value else {
            return None;
        };
        all.push(entries);
    }
    Some(all)
}
