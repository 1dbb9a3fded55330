//! The clients that gain access, or those that lose it, by name.
//!
//! The counts of an [`AccessChange`](super::types::AccessChange) say how many they are. People ask who they are, so the names of
//! the spec come first, and then the biggest ranges.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Access, AddressSet, Cidr, Client, Gate, OtherClient, Rule, RuleTarget, SubnetId, decide,
};
use crate::plan::Changes;

/// The clients that gain access, or those that lose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Who {
    /// These clients.
    Only(ClientList),
    /// Every client but these, whose access stays. One of the two states is open to all.
    EveryoneBut(ClientList),
}

/// Clients by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientList {
    /// Public addresses of all `ranges`, each counted once.
    pub addresses: u64,
    /// Ranges of rules: those with a name first, then the biggest first. They may overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<ClientRange>,
    /// Subnets that come over their service endpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<ClientSubnet>,
    /// Clients that neither kind of rule names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherClient>,
}

/// The range of a rule, and the name that the spec gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientRange {
    #[schemars(with = "String")]
    pub range: Cidr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Public addresses of the range that the list is about: fewer than the range has if the access of the others stays
    /// as it is.
    pub addresses: u64,
}

/// A subnet, and the name that the spec gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSubnet {
    #[schemars(with = "String")]
    pub id: SubnetId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
}

/// The clients that have more access in one state than in another, before they have names.
pub(crate) struct Gained<'a> {
    pub(crate) addresses: &'a AddressSet,
    pub(crate) subnets: &'a [SubnetId],
    pub(crate) others: &'a [OtherClient],
}

impl<'a> Gained<'a> {
    pub(crate) fn new(
        addresses: &'a AddressSet,
        subnets: &'a [SubnetId],
        others: &'a [OtherClient],
    ) -> Self {
        Self {
            addresses,
            subnets,
            others,
        }
    }
}

/// The names that changed rules have in the spec.
#[derive(Default)]
pub(crate) struct RuleNames<'a> {
    ranges: BTreeMap<Cidr, &'a Arc<str>>,
    subnets: BTreeMap<&'a SubnetId, &'a Arc<str>>,
}

impl<'a> RuleNames<'a> {
    /// Collects the names of all rules that go in or out, and of subnets whose endpoint goes on.
    pub(crate) fn of(changes: &'a Changes) -> Self {
        let mut names = Self::default();
        let mut rules = Vec::new();
        for change in &changes.settings {
            rules.extend(change.add.iter().chain(&change.remove));
        }
        if let Some(endpoints) = &changes.endpoints {
            rules.extend(&endpoints.add);
        }
        for listed in rules {
            let Some(name) = &listed.name else { continue };
            match listed.rule.target() {
                RuleTarget::Ip(range) => drop(names.ranges.insert(*range, name)),
                RuleTarget::Subnet(id) => drop(names.subnets.insert(id, name)),
                RuleTarget::Unparsed(_) => {}
            }
        }
        names
    }
}

/// Names the clients that have more access in `to` than in `from`. Returns `None` if there are none.
pub(crate) fn who(
    from: &Access,
    to: &Access,
    gained: &Gained<'_>,
    names: &RuleNames<'_>,
) -> Option<Who> {
    let Gained {
        addresses,
        subnets,
        others,
    } = *gained;
    if addresses.is_empty() && subnets.is_empty() && others.is_empty() {
        return None;
    }
    if is_open(to) && !addresses.is_empty() {
        return Some(Who::EveryoneBut(admitted(from, to, names)));
    }
    // Where access is not open, each address gets in by a rule.
    Some(Who::Only(ClientList {
        addresses: addresses.len(),
        ranges: ranges(to, addresses, names),
        subnets: named(subnets.iter(), names),
        others: others.to_vec(),
    }))
}

/// Lists the clients that get in on both sides.
fn admitted(from: &Access, to: &Access, names: &RuleNames<'_>) -> ClientList {
    let addresses = from.addresses().public();
    let mut subnets = Vec::new();
    for id in from.subnets.iter().filter_map(Rule::subnet) {
        if both(from, to, &Client::Subnet(id.clone())) {
            subnets.push(id);
        }
    }
    let mut others = OtherClient::ALL.to_vec();
    others.retain(|kind| both(from, to, &Client::Other(*kind)));
    ClientList {
        addresses: addresses.len(),
        ranges: ranges(from, &addresses, names),
        subnets: named(subnets.into_iter(), names),
        others,
    }
}

fn both(from: &Access, to: &Access, client: &Client) -> bool {
    decide(from, client).allowed() && decide(to, client).allowed()
}

fn is_open(access: &Access) -> bool {
    access.gate() == Gate::Open
}

/// Lists the ranges of the rules of `access` that have some of these addresses.
fn ranges(access: &Access, addresses: &AddressSet, names: &RuleNames<'_>) -> Vec<ClientRange> {
    // Two spellings of a rule are one range.
    let distinct: BTreeSet<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let mut found = Vec::new();
    for range in distinct {
        let number = addresses.len_within(range);
        if number > 0 {
            found.push(ClientRange {
                range,
                name: names.ranges.get(&range).copied().cloned(),
                addresses: number,
            });
        }
    }
    found.sort_by_key(|found| (found.name.is_none(), Reverse(found.addresses), found.range));
    found
}

/// Lists subnets, those with a name first.
fn named<'a>(ids: impl Iterator<Item = &'a SubnetId>, names: &RuleNames<'_>) -> Vec<ClientSubnet> {
    let mut found = Vec::new();
    for id in ids {
        found.push(ClientSubnet {
            id: id.clone(),
            name: names.subnets.get(id).copied().cloned(),
        });
    }
    found.sort_by(|a, b| (a.name.is_none(), &a.id).cmp(&(b.name.is_none(), &b.id)));
    found
}
