//! Named networks: the ranges that the same registries list.

use std::collections::{BTreeMap, BTreeSet};

use super::importable::Importable;
use crate::model::Cidr;

/// The networks of a fleet. Each range is in one network at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SharedNetworks {
    /// Ranges by name, sorted.
    pub(crate) by_name: BTreeMap<String, Vec<Cidr>>,
    /// Number of registries that list a network, by its name.
    pub(crate) registries: BTreeMap<String, usize>,
    names: BTreeMap<Cidr, String>,
}

/// Ranges, and the registries that list all of them, by their numbers.
struct Group {
    ranges: Vec<Cidr>,
    registries: BTreeSet<usize>,
}

impl SharedNetworks {
    /// Finds the networks: two ranges or more that two registries or more list. A registry lists a network only if it has all of
    /// its ranges, so that names never change what a registry wants.
    pub(crate) fn of(registries: &[Importable]) -> Self {
        let mut listed_by: BTreeMap<Cidr, BTreeSet<usize>> = BTreeMap::new();
        for (number, registry) in registries.iter().enumerate() {
            for range in registry.written_ranges().into_iter().flatten() {
                listed_by.entry(*range).or_default().insert(number);
            }
        }
        let mut together: BTreeMap<BTreeSet<usize>, Vec<Cidr>> = BTreeMap::new();
        for (range, numbers) in listed_by {
            together.entry(numbers).or_default().push(range);
        }
        let mut groups = Vec::new();
        for (registries, ranges) in together {
            if registries.len() > 1 {
                groups.push(Group { ranges, registries });
            }
        }
        let mut networks = Self::default();
        for group in joined(groups) {
            if group.ranges.len() > 1 {
                networks.add(group.ranges, group.registries.len());
            }
        }
        networks
    }

    fn add(&mut self, mut ranges: Vec<Cidr>, registries: usize) {
        ranges.sort();
        let name = name_of(&ranges);
        for range in &ranges {
            self.names.insert(*range, name.clone());
        }
        self.registries.insert(name.clone(), registries);
        self.by_name.insert(name, ranges);
    }

    /// Returns the entries of a list: names first, then the ranges of no network, and those of networks that the list has only
    /// in part.
    pub(crate) fn entries(&self, ranges: &BTreeSet<Cidr>) -> Vec<String> {
        let (mut named, mut single) = (BTreeSet::new(), Vec::new());
        for range in ranges {
            match self.names.get(range) {
                Some(name) if self.by_name[name].iter().all(|range| ranges.contains(range)) => {
                    named.insert(name.clone());
                }
                _ => single.push(range.to_string()),
            }
        }
        let mut entries: Vec<String> = named.into_iter().collect();
        entries.append(&mut single);
        entries
    }
}

/// Joins groups where that makes the spec shorter. So a registry that lists a part of what many others list leaves their
/// network whole, and writes its part itself.
fn joined(mut groups: Vec<Group>) -> Vec<Group> {
    // What most registries list comes first. The order of registries does not count: it changes with every new one.
    groups.sort_by_key(|group| (usize::MAX - group.registries.len(), group.ranges.clone()));
    let mut joined: Vec<Group> = Vec::new();
    for group in groups {
        let mut best = None;
        for (at, known) in joined.iter().enumerate() {
            if let Some(saved) = saved(known, &group)
                && best.is_none_or(|(most, _)| saved > most)
            {
                best = Some((saved, at));
            }
        }
        match best {
            Some((_, at)) => {
                let known = &mut joined[at];
                known.ranges.extend(group.ranges);
                known
                    .registries
                    .retain(|number| group.registries.contains(number));
            }
            None => joined.push(group),
        }
    }
    joined
}

/// Returns the number of entries that a spec saves if two groups are one network, if it saves any.
fn saved(known: &Group, group: &Group) -> Option<usize> {
    let size = group.ranges.len();
    // No more registries can have both than one of them has.
    let most = known.registries.len().min(group.registries.len());
    let apart = match size {
        1 => group.registries.len(),
        _ => size + group.registries.len(),
    };
    let least = size + (known.registries.len() - most) * (known.ranges.len() - 1);
    if least >= apart {
        return None;
    }
    let both = known.registries.intersection(&group.registries).count();
    // The others write their part out.
    let as_one = size
        + (known.registries.len() - both) * (known.ranges.len() - 1)
        + (group.registries.len() - both) * size;
    (both > 1)
        .then(|| apart.checked_sub(as_one))
        .flatten()
        .filter(|saved| *saved > 0)
}

/// Names a network after its widest range, the first of several. The name depends on nothing else, so that it stays where
/// other registries come and go.
fn name_of(ranges: &[Cidr]) -> String {
    let widest = ranges
        .iter()
        .min_by_key(|range| (range.prefix_len(), range.first()));
    let text = widest.map(Cidr::to_string).unwrap_or_default();
    format!("net-{}", text.replace(['.', '/'], "-"))
}
