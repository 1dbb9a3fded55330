//! Rule lists are sets: one mechanism for addresses and for subnets.

use super::Rule;
use crate::live::{LiveRegistry, SubnetRules};
use crate::model::{Cidr, SubnetId};
use crate::spec::{RegistrySpec, UnlistedRule, WantedIp, WantedSubnet};

/// What a list gains and loses, and what of it is left to others.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ListDiff {
    pub(crate) add: Vec<Rule>,
    pub(crate) remove: Vec<Rule>,
    /// Live rules inside an ignored range.
    pub(crate) ignored: Vec<String>,
    /// Live rules that no file lists and that stay, since the spec only adds.
    pub(crate) kept: Vec<String>,
}

/// The differences of both lists; `None` where a list is not managed or not shown.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ListDiffs {
    pub(crate) ips: Option<ListDiff>,
    pub(crate) subnets: Option<ListDiff>,
}

/// Compares both lists.
pub(crate) fn diff(wanted: &RegistrySpec, live: &LiveRegistry) -> ListDiffs {
    ListDiffs {
        ips: ip_rules(wanted, live),
        subnets: subnet_rules(wanted, live),
    }
}

/// Whether a live rule that cannot be wanted is part of the state that is to come back.
fn stays(wanted: &RegistrySpec, value: &str) -> bool {
    wanted.restore_hints.keep.contains(value)
}

/// The difference of the IP rules, where they are managed.
fn ip_rules(wanted: &RegistrySpec, live: &LiveRegistry) -> Option<ListDiff> {
    let rules = &wanted.ip_rules.as_ref()?.value;
    let live: Vec<_> = live
        .ip_rules
        .iter()
        .filter(|rule| rule.cidr.is_some() || !stays(wanted, &rule.value))
        .map(|rule| (rule.cidr, rule.value.as_str()))
        .collect();
    let mut diff = compare(
        rules.iter().map(|ip| (ip.cidr, wanted_ip(ip))).collect(),
        live,
        |cidr| cidr.map_or(wanted.unlisted(), |cidr| wanted.unlisted_ip(*cidr)),
    );
    for removed in &mut diff.remove {
        explain_expiry(removed, &wanted.expired);
    }
    Some(diff)
}

/// The difference of the subnet rules, where they are managed and shown.
fn subnet_rules(wanted: &RegistrySpec, live: &LiveRegistry) -> Option<ListDiff> {
    let rules = &wanted.subnets.as_ref()?.value;
    let live = match &live.subnet_rules {
        SubnetRules::Shown(live) => live
            .iter()
            .filter(|rule| rule.id.is_some() || !stays(wanted, &rule.value))
            .map(|rule| (rule.id.clone(), rule.value.as_str()))
            .collect(),
        SubnetRules::Unsupported => Vec::new(),
        SubnetRules::Hidden => return None,
    };
    let rules = rules
        .iter()
        .map(|subnet| (subnet.id.clone(), wanted_subnet(subnet)))
        .collect();
    Some(compare(rules, live, |id| {
        id.map_or(wanted.unlisted(), |id| wanted.unlisted_subnet(id))
    }))
}

/// Compares two lists as sets of keys. A live value that has no key (no known version returns one) is only
/// ever a rule that nobody listed.
fn compare<K: Ord>(
    mut wanted: Vec<(K, Rule)>,
    mut live: Vec<(Option<K>, &str)>,
    fate: impl Fn(Option<&K>) -> UnlistedRule,
) -> ListDiff {
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    live.sort();
    let mut diff = ListDiff::default();
    for (key, value) in &live {
        let listed = |key: &K| wanted.binary_search_by(|(wanted, _)| wanted.cmp(key)).is_ok();
        if key.as_ref().is_some_and(listed) {
            continue;
        }
        match fate(key.as_ref()) {
            UnlistedRule::Ignore => diff.ignored.push((*value).to_owned()),
            UnlistedRule::Keep => diff.kept.push((*value).to_owned()),
            UnlistedRule::Remove => diff.remove.push(Rule::bare(value)),
        }
    }
    let is_live = |key: &K| {
        live.binary_search_by(|(live, _)| live.as_ref().cmp(&Some(key)))
            .is_ok()
    };
    diff.add = wanted
        .into_iter()
        .filter(|(key, _)| !is_live(key))
        .map(|(_, rule)| rule)
        .collect();
    diff
}

impl Rule {
    /// A rule of which only the value is known.
    pub(crate) fn bare(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            name: None,
            source: None,
            about: None,
        }
    }
}

fn wanted_ip(ip: &WantedIp) -> Rule {
    Rule {
        value: ip.cidr.to_string(),
        name: ip.network.clone(),
        source: ip.source.clone(),
        about: ip.info.clone(),
    }
}

fn wanted_subnet(subnet: &WantedSubnet) -> Rule {
    Rule {
        value: subnet.id.to_string(),
        name: subnet.name.clone(),
        source: subnet.source.clone(),
        about: None,
    }
}

/// A rule that goes out because its day has come names the line that says so.
fn explain_expiry(removed: &mut Rule, expired: &[WantedIp]) {
    let cidr = removed.value.parse::<Cidr>().ok();
    if let Some(ip) = expired.iter().find(|ip| Some(ip.cidr) == cidr) {
        *removed = Rule {
            value: std::mem::take(&mut removed.value),
            ..wanted_ip(ip)
        };
    }
}

/// One form for values that mean the same rule: `1.2.3.4/32` is `1.2.3.4`, ids are lower case.
pub fn canonical(value: &str) -> String {
    let cidr = value.parse::<Cidr>().map(|cidr| cidr.to_string());
    cidr.or_else(|_| SubnetId::parse(value).map(|id| id.key().to_owned()))
        .unwrap_or_else(|_| value.to_owned())
}
