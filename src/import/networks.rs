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

impl SharedNetworks {
    /// Finds the networks: two ranges or more that the same two registries or more list. A registry lists a network as a
    /// whole or not at all, so that names never change what a registry wants.
    pub(crate) fn of(registries: &[Importable]) -> Self {
        let mut listed_by: BTreeMap<Cidr, Vec<usize>> = BTreeMap::new();
        for (number, registry) in registries.iter().enumerate() {
            for range in registry.written_ranges().into_iter().flatten() {
                listed_by.entry(*range).or_default().push(number);
            }
        }
        let mut together: BTreeMap<Vec<usize>, Vec<Cidr>> = BTreeMap::new();
        for (range, numbers) in listed_by {
            together.entry(numbers).or_default().push(range);
        }
        let mut networks = Self::default();
        for (numbers, ranges) in together {
            if numbers.len() > 1 && ranges.len() > 1 {
                networks.add(ranges, numbers.len());
            }
        }
        networks
    }

    fn add(&mut self, ranges: Vec<Cidr>, registries: usize) {
        let name = name_of(&ranges);
        for range in &ranges {
            self.names.insert(*range, name.clone());
        }
        self.registries.insert(name.clone(), registries);
        self.by_name.insert(name, ranges);
    }

    /// Returns the entries of a list: names first, then the ranges of no network.
    pub(crate) fn entries(&self, ranges: &BTreeSet<Cidr>) -> Vec<String> {
        let (mut named, mut single) = (BTreeSet::new(), Vec::new());
        for range in ranges {
            match self.names.get(range) {
                Some(name) => {
                    named.insert(name.clone());
                }
                None => single.push(range.to_string()),
            }
        }
        let mut entries: Vec<String> = named.into_iter().collect();
        entries.append(&mut single);
        entries
    }
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
