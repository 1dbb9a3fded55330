//! Looks up rules by the names that files have for them.

use super::types::KnownNames;
use crate::model::{Rule, SubnetId};

impl KnownNames {
    /// Returns the rules that a name stands for: the ranges of a network, or a subnet, which is also known by the names of
    /// its network and its own (`hub/build`).
    pub fn rules_named(&self, name: &str) -> Vec<Rule> {
        let mut rules = self.ranges_named(name);
        for (id, known) in &self.subnets {
            if **known == *name || id.short() == name {
                rules.push(Rule::from(id.clone()));
            }
        }
        rules
    }

    /// Returns the ranges of the network with this name.
    pub(super) fn ranges_named(&self, name: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        for network in &self.networks {
            if *network.name == *name {
                rules.extend(network.ranges.iter().copied().map(Rule::from));
            }
        }
        rules
    }

    /// Returns the name of a subnet.
    pub(super) fn subnet_name(&self, id: &SubnetId) -> Option<&str> {
        self.subnets.get(id).map(|name| &**name)
    }

    /// Returns every name of a network or subnet.
    pub fn all_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.networks.iter().map(|network| &*network.name).collect();
        names.extend(self.subnets.values().map(|name| &**name));
        names
    }
}
