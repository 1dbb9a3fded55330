//! Named networks and subnets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::listed::{ListedRule, RuleInfo};
use crate::model::{Cidr, Rule, RuleTarget, SubnetId};

/// A named network, as a file defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownNetwork {
    pub(crate) name: Arc<str>,
    pub(crate) ranges: Vec<Cidr>,
    pub(crate) info: Option<Arc<RuleInfo>>,
}

/// The named networks and subnets of all files, whether a registry lists them or not: a rule that goes may still have a
/// name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownNames {
    pub(in crate::spec) networks: Vec<KnownNetwork>,
    /// Each range with the index of its first network, sorted.
    ranges: Vec<(Cidr, usize)>,
    /// The names of each subnet. The first one is shown.
    pub(in crate::spec) subnets: BTreeMap<SubnetId, Vec<Arc<str>>>,
}

impl KnownNames {
    /// Collects names. Where two stand for one range, the first is kept.
    pub(crate) fn new(networks: Vec<KnownNetwork>, named: Vec<(Arc<str>, SubnetId)>) -> Self {
        let mut ranges = Vec::new();
        for (index, network) in networks.iter().enumerate() {
            for range in &network.ranges {
                ranges.push((*range, index));
            }
        }
        ranges.sort_unstable();
        ranges.dedup_by_key(|(range, _)| *range);
        let mut subnets: BTreeMap<SubnetId, Vec<Arc<str>>> = BTreeMap::new();
        for (name, id) in named {
            let names = subnets.entry(id).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self {
            networks,
            ranges,
            subnets,
        }
    }

    /// Returns a rule with its name and what its network says about it.
    pub fn describe(&self, rule: &Rule) -> ListedRule {
        let mut listed = ListedRule::from(rule.clone());
        match rule.target() {
            RuleTarget::Ip(range) => {
                if let Ok(at) = self.ranges.binary_search_by_key(range, |(range, _)| *range) {
                    let network = &self.networks[self.ranges[at].1];
                    listed.name = Some(network.name.clone());
                    listed.info.clone_from(&network.info);
                }
            }
            RuleTarget::Subnet(id) => listed.name = self.first_name(id).cloned(),
            RuleTarget::Unparsed(_) => {}
        }
        listed
    }
}
