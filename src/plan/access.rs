//! The settings after a change, and the clients that gain and lose access by it.

use std::collections::BTreeSet;

use super::{AccessChange, Change, Changes, Direction, RegistryPlan};
use crate::live::LiveRegistry;
use crate::model::{Access, Rule, Setting, SettingValue, Settings, SubnetId};

/// Returns the settings once the changes are made.
pub(crate) fn settings_after(before: &Settings, changes: &[Change]) -> Settings {
    let mut after = before.clone();
    for change in changes {
        if change.path.is_list() {
            let rules = before.rules(change.path).unwrap_or_default();
            after.set(change.path, SettingValue::Rules(rules_after(rules, change)));
        } else {
            after.set(change.path, change.value());
        }
    }
    after
}

impl RegistryPlan {
    /// Returns the rules of a list as they are once the plan is applied.
    pub fn rules_after(&self, list: Setting) -> Vec<Rule> {
        let before = self.basis.settings.rules(list).unwrap_or_default();
        match self.change(list) {
            Some(change) => rules_after(before, change),
            None => before.to_vec(),
        }
    }
}

/// Returns a list once a change is made: the rules that stay, as they were read, then the new ones.
fn rules_after(before: &[Rule], change: &Change) -> Vec<Rule> {
    // A removal goes by meaning: two spellings of a rule go together.
    let removed: BTreeSet<&Rule> = change.remove.iter().map(|listed| &listed.rule).collect();
    let stays: Vec<&Rule> = before.iter().filter(|rule| !removed.contains(rule)).collect();
    let there: BTreeSet<&Rule> = stays.iter().copied().collect();
    let mut rules: Vec<Rule> = stays.into_iter().cloned().collect();
    for listed in &change.add {
        // Another writer may have added the rule in the meantime.
        if !there.contains(&listed.rule) {
            rules.push(listed.rule.clone());
        }
    }
    rules
}

/// Returns who gains and who loses access between two states.
pub(crate) fn compare(before: &Access, after: &Access, changes: &Changes) -> AccessChange {
    let (old, new) = (before.addresses(), after.addresses());
    let mut access = AccessChange {
        opened: new.difference(&old).len(),
        closed: old.difference(&new).len(),
        subnets_opened: subnets_gained(before, after),
        subnets_closed: subnets_gained(after, before),
        unparsed_opened: before.gained_unparsed(after),
        unparsed_closed: after.gained_unparsed(before),
        effect: Direction::None,
    };
    // A bypass has no number of clients, but it widens or narrows all the same.
    let widens = access.opened > 0
        || !access.subnets_opened.is_empty()
        || access.unparsed_opened > 0
        || !changes.bypass_turned(true).is_empty();
    let narrows = access.closed > 0
        || !access.subnets_closed.is_empty()
        || access.unparsed_closed > 0
        || !changes.bypass_turned(false).is_empty();
    access.effect = match (widens, narrows) {
        (true, true) => Direction::Both,
        (true, false) => Direction::Widens,
        (false, true) => Direction::Narrows,
        (false, false) => Direction::None,
    };
    access
}

/// Returns the subnets, of those that either state lists, that only `to` admits.
fn subnets_gained(from: &Access, to: &Access) -> Vec<SubnetId> {
    let mut gained = Vec::new();
    for id in from.subnets.union(&to.subnets).filter_map(Rule::subnet) {
        // Other subnets get in or not as all of them do; those listed can differ.
        if to.admits_subnet(id) && !from.admits_subnet(id) {
            gained.push(id.clone());
        }
    }
    gained
}

/// Returns the access mode that a registry shows.
pub fn live_mode(live: &LiveRegistry) -> String {
    Access::of(&live.settings).mode().to_string()
}
