//! Looks up rules by the names that files have for them.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::types::KnownNames;
use crate::model::{Cidr, Rule, SubnetId};

impl KnownNames {
    /// Returns the rules that a name stands for: the ranges of a network, or a subnet, which is also known by the names of
    /// its network and its own (`hub/build`).
    pub fn rules_named(&self, name: &str) -> Vec<Rule> {
        let mut rules = self.ranges_named(name);
        for (id, names) in &self.subnets {
            if names.iter().any(|known| **known == *name) || id.short() == name {
                rules.push(Rule::from(id.clone()));
            }
        }
        rules
    }

    /// Returns the ranges of the network with this name.
    pub(super) fn ranges_named(&self, name: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        for network in &self.networks {
            if *network.name != *name {
                continue;
            }
            // Two files can define one name, with the same ranges or with others.
            for range in network.ranges.iter().copied().map(Rule::from) {
                if !rules.contains(&range) {
                    rules.push(range);
                }
            }
        }
        rules
    }

    /// Returns entries of `ipRules` for these ranges: the names of networks that have no other ranges, the biggest first, and
    /// then the ranges that are left. A network that expires is left out.
    pub fn entries_for(&self, ranges: &BTreeSet<Cidr>) -> Vec<String> {
        let mut fitting = Vec::new();
        for network in &self.networks {
            let expires = network.info.as_ref().is_some_and(|info| info.expires.is_some());
            let is_inside = network.ranges.iter().all(|range| ranges.contains(range));
            if !expires && is_inside {
                fitting.push(network);
            }
        }
        fitting.sort_by_key(|network| (Reverse(network.ranges.len()), network.name.clone()));
        let (mut entries, mut left) = (Vec::new(), ranges.clone());
        for network in fitting {
            // A range that is listed twice is a warning.
            if !network.ranges.is_empty() && network.ranges.iter().all(|range| left.contains(range)) {
                left.retain(|range| !network.ranges.contains(range));
                entries.push(network.name.to_string());
            }
        }
        entries.extend(left.iter().map(Cidr::to_string));
        entries
    }

    /// Returns the name of the smallest network that has an address.
    pub fn network_with(&self, address: Cidr) -> Option<&str> {
        let mut found: Option<(u64, &str)> = None;
        for network in &self.networks {
            if network.ranges.iter().any(|range| range.contains(address)) {
                let size = network.ranges.iter().map(|range| range.size()).sum();
                if found.is_none_or(|(known, _)| size < known) {
                    found = Some((size, &network.name));
                }
            }
        }
        found.map(|(_, name)| name)
    }

    /// Returns the name of a subnet, the first of several.
    pub fn subnet_name(&self, id: &SubnetId) -> Option<&str> {
        self.first_name(id).map(|name| &**name)
    }

    pub(super) fn first_name(&self, id: &SubnetId) -> Option<&Arc<str>> {
        self.subnets.get(id)?.first()
    }

    /// Returns the names of networks.
    pub fn network_names(&self) -> Vec<&str> {
        self.networks.iter().map(|network| &*network.name).collect()
    }

    /// Returns the names of subnets.
    pub fn subnet_names(&self) -> Vec<&str> {
        self.subnets.values().flatten().map(|name| &**name).collect()
    }

    /// Returns every name of a network or subnet.
    pub fn all_names(&self) -> Vec<&str> {
        let mut names = self.network_names();
        names.extend(self.subnet_names());
        names.sort_unstable();
        names.dedup();
        names
    }
}
