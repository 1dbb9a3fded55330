//! Each guard and each kind of `--fail-on`: a change that is refused, the nearest one that is not, and the override.

use std::collections::BTreeSet;

use ringfence::model::Rule;
use ringfence::plan::{
    FailOn, Guard, LEFT_FORMAT, LeftState, LeftStates, Policy, RefusalCode, RegistryPlan, judge,
    plan_registry,
};
use serde_json::Value;

use super::{live, wanted, with};
use crate::readings::reading;

/// Lines of YAML that are refused on a registry, and lines that are not.
type Row<C> = (C, Value, &'static str, &'static str);

fn guards() -> Vec<Row<Guard>> {
    let three = live("Deny", &["203.0.113.7", "203.0.113.8", "203.0.113.9"], &[]);
    let both = live("Deny", &["203.0.113.7"], &["old"]);
    vec![
        (
            Guard::Removals,
            three,
            "    ipRules: [203.0.113.7]\nguardrails: {maxRemovals: 1}\n",
            "    ipRules: [203.0.113.7, 203.0.113.8]\nguardrails: {maxRemovals: 1}\n",
        ),
        (
            Guard::LastRule,
            both.clone(),
            "    ipRules: []\n    subnets: []\n",
            "    ipRules: []\n",
        ),
        (
            Guard::WidestRule,
            both.clone(),
            "    ipRules: [203.0.113.7, 20.0.0.0/15]\nguardrails: {widestRule: /16}\n",
            "    ipRules: [203.0.113.7, 20.0.0.0/16]\nguardrails: {widestRule: /16}\n",
        ),
        (
            Guard::Expect,
            live("Allow", &["203.0.113.0/24"], &[]),
            "    defaultAction: Deny\n    expect: {allow: [192.0.2.9]}\n",
            "    defaultAction: Deny\n    expect: {allow: [203.0.113.9]}\n",
        ),
        (
            Guard::OwnAddress,
            both.clone(),
            "    ipRules: [203.0.113.8]\n",
            "    ipRules: [203.0.113.6/31]\n",
        ),
        (
            Guard::Protect,
            both.clone(),
            "    protect: true\n    subnets: []\n",
            "    protect: true\n    ipRules: [203.0.113.7, 192.0.2.9]\n",
        ),
        (
            Guard::OnlyChange,
            both,
            "    ipRules: [203.0.113.7, 203.0.113.8, 192.0.2.9]\n",
            "    ipRules: [203.0.113.7, 203.0.113.8]\n",
        ),
    ]
}

fn kinds() -> Vec<Row<FailOn>> {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let data = with(body.clone(), "dataEndpointEnabled", true.into());
    vec![
        (
            FailOn::Widens,
            body.clone(),
            "    ipRules: [203.0.113.7, 192.0.2.9]\n",
            "    publicNetworkAccess: Disabled\n",
        ),
        (
            FailOn::Narrows,
            body.clone(),
            "    publicNetworkAccess: Disabled\n",
            "    ipRules: [203.0.113.7, 192.0.2.9]\n",
        ),
        (
            FailOn::DefaultAction,
            body.clone(),
            "    defaultAction: Allow\n",
            "    publicNetworkAccess: Disabled\n",
        ),
        (
            FailOn::PublicAccess,
            body,
            "    publicNetworkAccess: Disabled\n",
            "    defaultAction: Allow\n",
        ),
        (
            FailOn::DataEndpoint,
            data,
            "    dataEndpoint: false\n",
            "    dataEndpoint: true\n    trustedServices: false\n",
        ),
        (
            FailOn::Drift,
            live("Deny", &["203.0.113.7"], &[]),
            "    ipRules: [203.0.113.7]\n",
            "    defaultAction: Deny\n",
        ),
    ]
}

/// The record of a run that left the registry under Deny without a rule.
fn left() -> LeftStates {
    let plan = planned("    ipRules: []\n", &live("Deny", &[], &[]), &Policy::default());
    let state = LeftState {
        format: LEFT_FORMAT.to_owned(),
        created: "2026-11-21T08:00:00Z".to_owned(),
        run: "20261121T080000-000000".to_owned(),
        environment: "sandbox".to_owned(),
        id: plan.id.clone(),
        state: plan.basis,
        begun: None,
    };
    LeftStates::from([(plan.id, Ok(state))])
}

/// A policy that protects 203.0.113.7. For its guard, only 203.0.113.8 may gain or lose access.
fn policy_for(guard: Guard) -> Policy {
    let mut only_change = BTreeSet::new();
    if guard == Guard::OnlyChange {
        only_change.insert(Rule::parse("203.0.113.8"));
    }
    Policy {
        protect: vec!["203.0.113.7".parse().unwrap()],
        only_change,
        ..Policy::default()
    }
}

fn planned(lines: &str, body: &Value, policy: &Policy) -> RegistryPlan {
    plan_registry(&wanted(lines), &reading(body), policy)
}

fn codes(plan: &RegistryPlan) -> BTreeSet<String> {
    plan.refusals
        .iter()
        .map(|refusal| refusal.code.to_string())
        .collect()
}

#[test]
fn guards_refuse_until_they_are_overridden() {
    for (guard, body, refused, passes) in guards() {
        let plan = planned(refused, &body, &policy_for(guard));
        assert!(
            codes(&plan).contains(guard.name()),
            "{guard}: {:?}",
            plan.refusals
        );
        assert!(
            !codes(&planned(passes, &body, &policy_for(guard))).contains(guard.name()),
            "{guard}"
        );
        // The override takes out this guard and no other.
        let overriding = Policy {
            overrides: BTreeSet::from([guard]),
            ..policy_for(guard)
        };
        let mut others = codes(&plan);
        others.remove(guard.name());
        assert_eq!(codes(&planned(refused, &body, &overriding)), others, "{guard}");
        // Every refusal of a guard says how to override it.
        for refusal in &plan.refusals {
            let flag = refusal.guard().map(|guard| format!("--override {guard}"));
            assert_eq!(refusal.override_flag, flag, "{guard}");
            assert!(refusal.measured.is_some() && refusal.limit.is_some(), "{guard}");
        }
    }
}

#[test]
fn fail_on_refuses_its_kind_only_when_asked() {
    for (kind, body, refused, passes) in kinds() {
        let asked = Policy {
            fail_on: BTreeSet::from([kind]),
            left: left(),
            ..Policy::default()
        };
        let code = RefusalCode::from(kind);
        let plan = planned(refused, &body, &asked);
        let refusal = plan.refusals.iter().find(|refusal| refusal.code == code);
        let refusal = refusal.unwrap_or_else(|| panic!("{code}: {:?}", plan.refusals));
        assert_eq!(refusal.override_flag, Some(format!("leave out --fail-on {code}")));
        assert_eq!(refusal.guard(), None, "{code}");
        assert!(
            !codes(&planned(passes, &body, &asked)).contains(code.name()),
            "{code}"
        );
        let silent = planned(refused, &body, &Policy::default());
        assert!(!codes(&silent).contains(code.name()), "{code}");
    }
}

#[test]
fn every_guard_and_kind_has_a_row() {
    let guards: Vec<Guard> = guards().into_iter().map(|row| row.0).collect();
    // A rule that cannot be parsed stays, so that nothing is refused.
    let mut all = Guard::ALL.to_vec();
    all.retain(|guard| *guard != Guard::Unparsed);
    assert_eq!(guards, all);
    let kinds: Vec<FailOn> = kinds().into_iter().map(|row| row.0).collect();
    assert_eq!(kinds, FailOn::ALL);
}

/// A saved plan is judged again by its own basis. Only `expect` needs the spec.
#[test]
fn plans_are_judged_again_as_they_were() {
    for (guard, body, refused, _) in guards() {
        let plan = planned(refused, &body, &policy_for(guard));
        let mut first = plan.refusals.clone();
        first.retain(|refusal| refusal.guard() != Some(Guard::Expect));
        assert_eq!(
            judge(&plan, &plan.basis, &policy_for(guard).guards()),
            first,
            "{guard}"
        );
    }
}
