//! Leases beside a plan: what they hold is nothing to build on, and what they need stays while they run.
//!
//! One function, [`conflicts`], finds the leases in the way of a plan. It judges the state that the plan is made from, the
//! state right before the write, and the state after it. The wishes of the first come from the spec, those of the others from
//! the plan, which may have been saved.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::types::lease_conflict::{LeaseConflict, LeasePart};
use super::{Change, Changes, RegistryPlan};
use crate::live::LiveRegistry;
use crate::live::lease::{Lease, leases_of};
use crate::model::{Access, Cidr, DefaultAction, PublicNetworkAccess, Setting};
use crate::spec::{ListedRule, Ownership, RegistrySpec};

/// The part of a plan that leases may hold or need.
#[derive(Default)]
struct Wishes {
    /// Addresses that are to have a rule.
    addresses: BTreeSet<Cidr>,
    /// True if public access is to be enabled.
    public_access: bool,
    /// The wanted default action, if it is managed.
    default_action: Option<DefaultAction>,
    /// True if rules come in: public access that a lease has enabled would give them effect, until its close.
    adds_rules: bool,
    /// The public access that is written, if it changes.
    written_access: Option<PublicNetworkAccess>,
    /// Addresses whose rule goes.
    removed: BTreeSet<Cidr>,
    /// True if default action `Allow` is written.
    allows_all: bool,
}

impl Wishes {
    /// Returns what a spec wants and what its changes do.
    fn of_spec(spec: &RegistrySpec, changes: &Changes) -> Self {
        let mut wishes = Self::of_changes(changes);
        wishes.addresses = addresses(spec.settings.rules(Setting::IpRules).unwrap_or_default());
        wishes.public_access = wants_public_access(spec);
        if let Some(word) = spec.settings.word(Setting::DefaultAction) {
            wishes.default_action = Some(DefaultAction::of(Some(word)));
        }
        wishes
    }

    /// Returns what a plan wants: what it adds, and what it rests on because the spec lists it.
    fn of_plan(plan: &RegistryPlan) -> Self {
        let after = plan.settings_after();
        let mut wishes = Self::of_changes(&plan.changes);
        let known = plan.unwanted_leases();
        wishes.addresses.extend(listed_addresses(plan, &known));
        // Where a lease has changed access, the plan may only leave it alone.
        if known.iter().all(|lease| lease.was_disabled.is_none()) {
            let access = Access::of(&after);
            let enabled = access.public_network_access == Some(PublicNetworkAccess::Enabled);
            wishes.public_access |= enabled && plan.managed.contains(&Setting::PublicNetworkAccess);
            if plan.managed.contains(&Setting::DefaultAction) {
                wishes.default_action = Some(access.default_action);
            }
        }
        wishes
    }

    fn of_changes(changes: &Changes) -> Self {
        let public = changes.get(Setting::PublicNetworkAccess).and_then(Change::word);
        let action = changes.get(Setting::DefaultAction).and_then(Change::word);
        Self {
            addresses: addresses(changes.added(Setting::IpRules)),
            removed: addresses(changes.removed(Setting::IpRules)),
            public_access: public == Some(PublicNetworkAccess::Enabled.as_str()),
            default_action: action.map(|word| DefaultAction::of(Some(word))),
            adds_rules: changes.settings.iter().any(|change| !change.add.is_empty()),
            written_access: public.map(PublicNetworkAccess::of),
            allows_all: action == Some(DefaultAction::Allow.as_str()),
        }
    }

    /// Returns the part of a lease that the plan builds on.
    fn held_by(&self, lease: &Lease, live: &LiveRegistry) -> LeasePart {
        let opens = lease.was_disabled.is_some() && !self.ends_disabled(live);
        let public_access = opens && (self.public_access || self.adds_rules);
        // The close brings back the action before. `Allow` waits for that.
        let wanted = self
            .default_action
            .filter(|wanted| lease.was_disabled != Some(*wanted));
        LeasePart {
            addresses: lease.addresses.intersection(&self.addresses).copied().collect(),
            public_access,
            default_action: wanted.filter(|_| opens && !public_access),
        }
    }

    /// Returns true if public access is disabled once the changes are made: a close then leaves it and the default action
    /// alone.
    fn ends_disabled(&self, live: &LiveRegistry) -> bool {
        let shown = Access::of(&live.settings).public_network_access;
        self.written_access.or(shown) == Some(PublicNetworkAccess::Disabled)
    }

    /// Returns the part of a running lease that the plan takes out. Without public access, no rule admits its machine.
    fn taken_from(&self, lease: &Lease) -> LeasePart {
        let disables = self.written_access == Some(PublicNetworkAccess::Disabled);
        let opens_to_all = lease.was_disabled.is_some() && self.allows_all;
        LeasePart {
            addresses: lease.addresses.intersection(&self.removed).copied().collect(),
            public_access: (disables || opens_to_all) && !self.public_access,
            default_action: None,
        }
    }
}

fn addresses(rules: &[ListedRule]) -> BTreeSet<Cidr> {
    rules.iter().filter_map(|listed| listed.rule.cidr()).collect()
}

/// Returns the addresses of live rules that the spec lists, as far as the plan tells them from those of others.
fn listed_addresses(plan: &RegistryPlan, known: &[Lease]) -> BTreeSet<Cidr> {
    let mut addresses = BTreeSet::new();
    if plan.ownership == Ownership::Additive {
        addresses.extend(plan.listed.iter().filter_map(|rule| rule.cidr()));
        return addresses;
    }
    if !plan.managed.contains(&Setting::IpRules) {
        return addresses;
    }
    for rule in plan.rules_after(Setting::IpRules) {
        if !plan.ignores(&rule) {
            addresses.extend(rule.cidr());
        }
    }
    addresses.retain(|address| known.iter().all(|lease| !lease.addresses.contains(address)));
    addresses
}

/// Returns the leases that hold what is wanted, and those of the `running` ones that need what goes.
fn conflicts(
    wishes: &Wishes,
    live: &LiveRegistry,
    running: &BTreeSet<String>,
    flags: &str,
) -> Vec<LeaseConflict> {
    let mut conflicts = Vec::new();
    for lease in leases_of(live) {
        let ended = !running.contains(lease.name.as_str());
        let needs = match ended {
            true => LeasePart::default(),
            false => wishes.taken_from(&lease),
        };
        let parts = (wishes.held_by(&lease, live), needs);
        if !parts.0.is_empty() || !parts.1.is_empty() {
            conflicts.push(LeaseConflict::of(&lease, ended, parts, &live.id, flags));
        }
    }
    conflicts
}

/// Returns the leases of a registry, if its spec may know them.
pub(crate) fn known(spec: &RegistrySpec, live: &LiveRegistry) -> Vec<Lease> {
    match spec.leases {
        Some(_) => leases_of(live),
        None => Vec::new(),
    }
}

/// Returns the leases that are in the way of these changes towards a spec.
pub(crate) fn in_the_way(
    spec: &RegistrySpec,
    live: &LiveRegistry,
    changes: &Changes,
    flags: &str,
) -> Vec<LeaseConflict> {
    match &spec.leases {
        Some(running) => conflicts(&Wishes::of_spec(spec, changes), live, running, flags),
        None => Vec::new(),
    }
}

/// Returns the leases that are in the way of a plan on what the registry is now.
pub fn lease_conflicts(
    plan: &RegistryPlan,
    live: &LiveRegistry,
    now: Timestamp,
    flags: &str,
) -> Vec<LeaseConflict> {
    let mut running = BTreeSet::new();
    for lease in leases_of(live) {
        if !lease.is_expired(now) {
            running.insert(lease.name.to_string());
        }
    }
    conflicts(&Wishes::of_plan(plan), live, &running, flags)
}

impl RegistryPlan {
    /// Returns what leases hold and the plan does not want: it goes when they are closed.
    pub(crate) fn unwanted_leases(&self) -> Vec<Lease> {
        let mut leases = self.leases.clone();
        for lease in &mut leases {
            for conflict in self.held_by_lease.iter().filter(|held| held.lease == lease.name) {
                lease
                    .addresses
                    .retain(|address| !conflict.holds.addresses.contains(address));
                if conflict.holds.public_access {
                    lease.was_disabled = None;
                } else if conflict.holds.default_action.is_some() {
                    lease.was_disabled = conflict.holds.default_action;
                }
            }
        }
        leases
    }
}

/// Leaves public access and the default action to leases that have enabled public access: both go back when these are
/// closed.
pub(crate) fn spare_access(spec: &RegistrySpec, live: &LiveRegistry, changes: &mut Vec<Change>) {
    if !lets_leases_open(spec, live) {
        return;
    }
    // Rules that come in now would admit others for as long as public access stays.
    let adds_rules = changes.iter().any(|change| !change.add.is_empty());
    let runs = openers(live)
        .iter()
        .any(|lease| spec.lease_runs(lease.name.as_str()));
    if runs && !adds_rules {
        let disabled = PublicNetworkAccess::Disabled.as_str();
        changes.retain(|change| {
            change.path != Setting::PublicNetworkAccess || change.word() != Some(disabled)
        });
    }
    // Together with the public access of a lease, `Allow` would admit everyone.
    let stays_enabled = changes
        .iter()
        .all(|change| change.path != Setting::PublicNetworkAccess);
    if stays_enabled {
        let allow = DefaultAction::Allow.as_str();
        changes.retain(|change| change.path != Setting::DefaultAction || change.word() != Some(allow));
    }
}

/// Returns true if public access is enabled for leases alone: the spec does not want it.
fn lets_leases_open(spec: &RegistrySpec, live: &LiveRegistry) -> bool {
    let is_disabled =
        Access::of(&live.settings).public_network_access == Some(PublicNetworkAccess::Disabled);
    spec.leases.is_some() && !is_disabled && !wants_public_access(spec) && !openers(live).is_empty()
}

fn wants_public_access(spec: &RegistrySpec) -> bool {
    spec.settings.word(Setting::PublicNetworkAccess) == Some(PublicNetworkAccess::Enabled.as_str())
}

/// Returns the leases that have enabled public access.
pub(crate) fn openers(live: &LiveRegistry) -> Vec<Lease> {
    let mut leases = leases_of(live);
    leases.retain(|lease| lease.was_disabled.is_some());
    leases
}
