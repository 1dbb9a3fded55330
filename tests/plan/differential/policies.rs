//! Guards that the caller asks for: protected addresses and `--fail-on`, against the reference model.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ringfence::model::Cidr;
use ringfence::plan::{Direction, FailOn, Guard, Policy, plan_registry};

use super::engine::{self, Limits};
use super::expected;
use crate::reference::addresses::{Range, count};
use crate::reference::decide::Client;
use crate::reference::draw::{Draw, Pair};
use crate::reference::state::State;

/// Pairs that are drawn in each run, always the same.
const PAIRS: usize = 3_000;

const NO_LIMITS: Limits = Limits {
    max_removals: None,
    max_removal_percent: None,
};

/// Returns the first and the last address of each rule before and after the change, but for special-use addresses, which
/// no client has.
fn addresses(before: &State, after: &State) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for (first, last) in before.ips.union(&after.ips).copied() {
        for address in [first, last] {
            let alone: Range = (address, address);
            if count([alone], |it| it == address).public == 1 {
                found.insert(address);
            }
        }
    }
    found
}

/// Returns the addresses that get in before the change, or may, and that certainly do not after it.
fn lost(addresses: &BTreeSet<u32>, before: &State, after: &State) -> BTreeSet<u32> {
    let gets_in = |state: &State, address| state.decide(Client::Address(address)) != Some(false);
    let is_lost = |address: &u32| gets_in(before, *address) && !gets_in(after, *address);
    addresses.iter().copied().filter(is_lost).collect()
}

/// Makes the policy that protects these addresses and refuses every kind of change.
fn policy(addresses: &BTreeSet<u32>) -> Policy {
    let mut protect: Vec<Cidr> = Vec::new();
    for address in addresses {
        let text = Ipv4Addr::from(*address).to_string();
        protect.push(text.parse().unwrap());
    }
    Policy {
        protect,
        // Drift is about the state before, which the model does not have.
        fail_on: FailOn::ALL
            .into_iter()
            .filter(|kind| *kind != FailOn::Drift)
            .collect(),
        ..Policy::default()
    }
}

/// Returns the kinds of change that the plan must refuse: of settings by the model, of access by the effect, which the
/// other comparison judges.
fn kinds(before: &State, after: &State, effect: Direction) -> BTreeSet<FailOn> {
    let mut kinds = BTreeSet::new();
    let changed = expected::changed(before, after);
    for (kind, path) in [
        (FailOn::DefaultAction, "networkRuleSet.defaultAction"),
        (FailOn::PublicAccess, "publicNetworkAccess"),
        (FailOn::DataEndpoint, "dataEndpointEnabled"),
    ] {
        if changed.contains(&path) {
            kinds.insert(kind);
        }
    }
    if matches!(effect, Direction::Widens | Direction::Both) {
        kinds.insert(FailOn::Widens);
    }
    if matches!(effect, Direction::Narrows | Direction::Both) {
        kinds.insert(FailOn::Narrows);
    }
    kinds
}

/// Plans a pair under the policy and compares its refusals. Returns how many addresses are lost.
fn judge(pair: &Pair) -> usize {
    let before = State::of(&pair.body);
    let after = pair.wanted.after(&before);
    // Network rules exist on Premium alone.
    if !before.premium {
        return 0;
    }
    let addresses = addresses(&before, &after);
    let spec = engine::spec(&pair.wanted, &pair.body, NO_LIMITS);
    let plan = plan_registry(&spec, &engine::reading(pair, true), &policy(&addresses));
    let lost = lost(&addresses, &before, &after);
    let (mut own, mut found) = (0, BTreeSet::new());
    for refusal in &plan.refusals {
        own += usize::from(refusal.guard() == Some(Guard::OwnAddress));
        let kind = FailOn::ALL
            .into_iter()
            .find(|kind| refusal.code == (*kind).into());
        found.extend(kind);
    }
    let shown = || format!("{} {}", pair.wanted.yaml(), pair.body["properties"]);
    assert_eq!(own, lost.len(), "{}{lost:?}", shown());
    assert_eq!(found, kinds(&before, &after, plan.access.effect), "{}", shown());
    // Without the policy nothing of this is refused.
    let silent = plan_registry(&spec, &engine::reading(pair, true), &Policy::default());
    for refusal in &silent.refusals {
        assert_ne!(refusal.guard(), Some(Guard::OwnAddress), "{}", shown());
        assert!(!FailOn::ALL.into_iter().any(|kind| refusal.code == kind.into()));
    }
    lost.len()
}

#[test]
fn protected_addresses_and_fail_on_agree_with_the_model() {
    let mut draw = Draw::new(31, true);
    let mut lost = 0;
    for _ in 0..PAIRS {
        lost += judge(&draw.pair("contoso"));
    }
    // The pairs must show both answers.
    assert!(lost > 1_000, "{lost}");
}
