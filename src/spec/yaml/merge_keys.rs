//! The keys of a mapping: each once, and those that `<<` brings.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{YamlErrors, duplicate, key_is_no_text, not_a_merge};
use super::node::{At, YamlNode, YamlValue};

/// Checks keys and adds what `<<` brings: a key of the mapping itself wins, then the first merged mapping.
pub(crate) fn merge(
    errors: &mut YamlErrors,
    own: Vec<(YamlNode, YamlNode)>,
    merges: Vec<(YamlNode, YamlNode)>,
) -> Vec<(YamlNode, YamlNode)> {
    let mut entries = unique(errors, own);
    for (second, _) in merges.iter().skip(1) {
        errors.push(duplicate(second.at, "<<", merges[0].0.at));
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
            None => errors.push(not_a_merge(merge.at)),
        }
    }
    entries
}

/// Drops keys that are no text or that were given before, and says so.
fn unique(errors: &mut YamlErrors, entries: Vec<(YamlNode, YamlNode)>) -> Vec<(YamlNode, YamlNode)> {
    let mut seen: BTreeMap<Box<str>, At> = BTreeMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let Some(name) = key.text() else {
            errors.push(key_is_no_text(&key));
            continue;
        };
        match seen.get(name) {
            Some(first) => errors.push(duplicate(key.at, name, *first)),
            None => {
                seen.insert(name.into(), key.at);
                kept.push((key, value));
            }
        }
    }
    kept
}

/// What `<<` may bring: the entries of a mapping, or of each mapping of a list.
fn mappings(value: YamlNode) -> Option<impl Iterator<Item = Vec<(YamlNode, YamlNode)>>> {
    let items = match value.value {
        YamlValue::List(items) => items,
        _ => vec![value],
    };
    let all = items.iter().all(|item| matches!(item.value, YamlValue::Map(_)));
    all.then(|| {
        items.into_iter().filter_map(|item| match item.value {
            YamlValue::Map(entries) => Some(entries),
            _ => None,
        })
    })
}
