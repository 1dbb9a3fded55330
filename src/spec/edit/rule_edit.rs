//! The change of one registry's rules, as a user asks for it.

use std::fmt;
use std::sync::Arc;

use crate::model::{Cidr, Rule, Setting, SubnetId};
use crate::spec::types::{KnownNames, RuleInfo};

/// A change of the rules of one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEdit {
    pub action: EditAction,
    pub entries: Vec<ListEntry>,
}

/// The change of the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditAction {
    /// They are added, with this information about ranges.
    Add(RuleInfo),
    Remove,
}

/// An entry of `ipRules` or `subnets`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListEntry {
    Range(Cidr),
    /// A network by its name.
    Network(Arc<str>),
    Subnet(SubnetId),
}

impl RuleEdit {
    /// Returns the entries of a list, each once.
    pub(super) fn entries_of(&self, setting: Setting) -> Vec<&ListEntry> {
        let mut entries: Vec<&ListEntry> = Vec::new();
        for entry in &self.entries {
            if entry.setting() == setting && !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        entries
    }
}

impl ListEntry {
    /// Returns the list that has such entries.
    fn setting(&self) -> Setting {
        match self {
            Self::Range(_) | Self::Network(_) => Setting::IpRules,
            Self::Subnet(_) => Setting::VirtualNetworkRules,
        }
    }

    /// Returns the rules that the entry stands for.
    pub(super) fn rules(&self, names: &KnownNames) -> Vec<Rule> {
        match self {
            Self::Range(range) => vec![Rule::from(*range)],
            Self::Subnet(id) => vec![Rule::from(id.clone())],
            Self::Network(name) => names.ranges_named(name),
        }
    }
}

impl fmt::Display for ListEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Network(name) => f.write_str(name),
            Self::Subnet(id) => id.fmt(f),
        }
    }
}

/// Returns the keys and values of information, in the order in which a spec has them.
pub(super) fn info_pairs(info: &RuleInfo) -> Vec<(&'static str, String)> {
    let RuleInfo {
        owner,
        reason,
        ticket,
        expires,
    } = info;
    let words = [("owner", owner), ("reason", reason), ("ticket", ticket)];
    let mut pairs = Vec::new();
    for (key, value) in words {
        if let Some(value) = value {
            pairs.push((key, value.to_string()));
        }
    }
    if let Some(day) = expires {
        pairs.push(("expires", day.to_string()));
    }
    pairs
}

/// Returns what was asked for and is not there.
pub(super) fn missing_info(has: Option<&RuleInfo>, asked: &RuleInfo) -> Vec<(&'static str, String)> {
    let has = has.map(info_pairs).unwrap_or_default();
    let mut missing = info_pairs(asked);
    missing.retain(|pair| !has.contains(pair));
    missing
}
