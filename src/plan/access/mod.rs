//! The settings after a change, and the clients that gain and lose access by it.

pub(crate) mod picture;
pub(crate) mod types;
pub(crate) mod wanted;
pub(crate) mod who;

use std::collections::BTreeSet;

use types::{AccessChange, Direction, UncertainClients};
use who::{Gained, RuleNames, who};

use crate::live::held::settings_without;
use crate::live::{LiveRegistry, Reading};
use crate::model::{
    Access, Admitted, Client, Comparison, Mode, OtherClient, Rule, Setting, SettingValue, Settings,
    SubnetId, decide,
};
use crate::plan::{Basis, Change, Changes, RegistryPlan, SwitchedSubnet};

/// Returns the settings once the changes are made.
pub(crate) fn settings_after(before: &Settings, changes: &[Change]) -> Settings {
    let mut after = before.clone();
    for change in changes {
        if change.path.is_list() {
            let rules = before.rules(change.path).unwrap_or_default();
            after.set(change.path, SettingValue::from(rules_after(rules, change)));
        } else {
            after.set(change.path, change.value());
        }
    }
    after
}

impl RegistryPlan {
    /// Returns the access modes before and after the changes.
    pub fn modes(&self) -> [Mode; 2] {
        let (before, after) = sides(&self.basis, &self.changes, &self.switched);
        [before.mode(), after.mode()]
    }

    /// Returns the settings once the plan is applied.
    pub(crate) fn settings_after(&self) -> Settings {
        settings_after(&self.basis.settings, &self.changes.settings)
    }

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

/// Returns the access before the changes and after them, in a run that turns on the endpoints of these subnets.
pub(crate) fn sides(basis: &Basis, changes: &Changes, switched: &[SwitchedSubnet]) -> (Access, Access) {
    let settings_after = settings_after(&basis.settings, &changes.settings);
    sides_with(basis, &settings_after, changes, switched)
}

/// Returns the access on both sides on this state of the registry without what leases hold and the plan does not want; `None` if that is
/// nothing.
pub(crate) fn lasting_sides(plan: &RegistryPlan, basis: &Basis) -> Option<(Access, Access)> {
    let leases = plan.unwanted_leases();
    if leases.is_empty() {
        return None;
    }
    let lasting = Basis {
        settings: settings_without(&leases, &basis.settings),
        ..basis.clone()
    };
    Some(sides(&lasting, &plan.changes, &plan.switched))
}

/// Does the same where the settings after the changes are known.
pub(crate) fn sides_with(
    basis: &Basis,
    settings_after: &Settings,
    changes: &Changes,
    switched: &[SwitchedSubnet],
) -> (Access, Access) {
    let before = before(basis, switched);
    let mut after = Access {
        endpoints_off: before.endpoints_off.clone(),
        endpoints_unknown: before.endpoints_unknown.clone(),
        egress: before.egress.clone(),
        has_service_endpoints: before.has_service_endpoints,
        ..access_of(settings_after, &basis.sku)
    };
    for switched in switched {
        after.endpoints_off.remove(&switched.subnet);
    }
    if let Some(endpoints) = &changes.endpoints {
        for id in endpoints.add.iter().filter_map(|listed| listed.rule.subnet()) {
            after.endpoints_off.remove(id);
        }
    }
    // The service takes a new rule only for a subnet whose endpoint is on (`NetworkRuleValidationError`).
    let added = changes.added(Setting::VirtualNetworkRules);
    for id in added.iter().filter_map(|listed| listed.rule.subnet()) {
        after.endpoints_unknown.remove(id);
    }
    (before, after)
}

/// Returns the access of a registry as it was read.
pub(crate) fn access_as_read(reading: &Reading) -> Access {
    before(&Basis::of_reading(reading), &[])
}

/// Returns the access as it was read. The endpoints that the run turns on are off.
fn before(basis: &Basis, switched: &[SwitchedSubnet]) -> Access {
    let mut before = access_of(&basis.settings, &basis.sku);
    before.has_service_endpoints = !basis.no_service_endpoints;
    for (text, endpoint) in &basis.subnets {
        let Ok(id) = SubnetId::parse(text) else { continue };
        match endpoint {
            // A subnet that does not exist has no clients. None is what an endpoint that is off leaves of its rule.
            None if basis.gone.contains(text) => drop(before.endpoints_off.insert(id)),
            Some(true) => {}
            Some(false) => drop(before.endpoints_off.insert(id)),
            None => drop(before.endpoints_unknown.insert(id)),
        }
    }
    for switched in switched {
        before.endpoints_unknown.remove(&switched.subnet);
        before.endpoints_off.insert(switched.subnet.clone());
        if let Some(egress) = &switched.egress {
            let egress = egress.iter().copied().collect();
            before.egress.insert(switched.subnet.clone(), egress);
        }
    }
    before
}

/// Returns the access that settings give on a registry of this SKU.
fn access_of(settings: &Settings, sku: &str) -> Access {
    Access {
        restricts: sku.eq_ignore_ascii_case("Premium"),
        ..Access::of(settings)
    }
}

/// Compares the decisions before and after, for each kind of client.
///
/// `changes` gives the names of rules.
pub(crate) fn compare(before: &Access, after: &Access, changes: &Changes) -> AccessChange {
    // Most registries of a run do not change.
    if before == after {
        return AccessChange::default();
    }
    let forward = Comparison::new(before, after);
    let backward = forward.reversed();
    let (opened, closed) = (forward.addresses_gained(), backward.addresses_gained());
    let listed = compared_subnets(before, after);
    let mut access = AccessChange {
        opened: opened.len(),
        closed: closed.len(),
        subnets_opened: subnets_gained(&forward, &listed),
        subnets_closed: subnets_gained(&backward, &listed),
        unparsed_opened: forward.unparsed_gained(),
        unparsed_closed: backward.unparsed_gained(),
        others_opened: others_gained(&forward),
        others_closed: others_gained(&backward),
        uncertain: UncertainClients::default(),
        effect: Direction::None,
        gains: None,
        loses: None,
    };
    access.uncertain = uncertain(before, after, &access);
    let names = RuleNames::of(changes);
    access.gains = who(
        before,
        after,
        &Gained::new(&opened, &access.subnets_opened, &access.others_opened),
        &names,
    );
    access.loses = who(
        after,
        before,
        &Gained::new(&closed, &access.subnets_closed, &access.others_closed),
        &names,
    );
    access.effect = direction(&access);
    access
}

/// Returns the direction of a change: any client that gains widens it, and any that loses narrows it.
fn direction(access: &AccessChange) -> Direction {
    let widens = access.opened > 0
        || !access.subnets_opened.is_empty()
        || access.unparsed_opened > 0
        || !access.others_opened.is_empty();
    let narrows = access.closed > 0
        || !access.subnets_closed.is_empty()
        || access.unparsed_closed > 0
        || !access.others_closed.is_empty();
    match (widens, narrows) {
        (true, true) => Direction::Both,
        (true, false) => Direction::Widens,
        (false, true) => Direction::Narrows,
        (false, false) => Direction::None,
    }
}

/// Returns the subnets that are compared: those that a rule of either state lists or whose endpoint is switched. Other
/// subnets get in or not as all of them do.
fn compared_subnets<'a>(before: &'a Access, after: &'a Access) -> BTreeSet<&'a SubnetId> {
    let mut ids: BTreeSet<&SubnetId> = before
        .subnets
        .union(&after.subnets)
        .filter_map(Rule::subnet)
        .collect();
    // A subnet without a rule gets another answer where its endpoint is switched.
    ids.extend(before.endpoints_off.symmetric_difference(&after.endpoints_off));
    // Without the endpoint on either side, its clients come from public addresses, which are counted.
    ids.retain(|id| !before.endpoints_off.contains(id) || !after.endpoints_off.contains(id));
    ids
}

fn subnets_gained(comparison: &Comparison<'_>, ids: &BTreeSet<&SubnetId>) -> Vec<SubnetId> {
    let mut gained = Vec::new();
    for id in ids {
        if comparison.gains(&Client::Subnet((*id).clone())) {
            gained.push((*id).clone());
        }
    }
    gained
}

fn others_gained(comparison: &Comparison<'_>) -> Vec<OtherClient> {
    let mut gained = OtherClient::ALL.to_vec();
    gained.retain(|kind| comparison.gains(&Client::Other(*kind)));
    gained
}

/// Returns those of the clients that gain or lose access whose access is not known on one side.
fn uncertain(before: &Access, after: &Access, access: &AccessChange) -> UncertainClients {
    let sides = [before, after];
    let mut uncertain = UncertainClients {
        addresses: access.opened + access.closed > 0 && sides.iter().any(|side| side.hides_addresses()),
        ..UncertainClients::default()
    };
    for id in access.subnets_opened.iter().chain(&access.subnets_closed) {
        if is_unknown(sides, &Client::Subnet(id.clone())) {
            uncertain.subnets.push(id.clone());
        }
    }
    for kind in access.others_opened.iter().chain(&access.others_closed) {
        if is_unknown(sides, &Client::Other(*kind)) {
            uncertain.others.push(*kind);
        }
    }
    uncertain
}

/// Returns true if the answer to the client is not known on one of the sides.
fn is_unknown(sides: [&Access; 2], client: &Client) -> bool {
    sides
        .iter()
        .any(|side| decide(side, client).admitted == Admitted::Unknown)
}

/// Returns the name of the access mode that a registry shows.
pub(crate) fn live_mode_name(live: &LiveRegistry) -> &'static str {
    access_of(&live.settings, &live.sku).mode().name()
}

/// Returns the access mode that a registry shows.
pub fn live_mode(live: &LiveRegistry) -> String {
    access_of(&live.settings, &live.sku).mode_in_words()
}
