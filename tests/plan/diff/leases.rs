//! Leases in the way of a plan: what they hold is refused, and so is what a running one needs.

use std::collections::BTreeSet;

use ringfence::live::Reading;
use ringfence::plan::{LeaseConflict, Policy, RegistryPlan, lease_conflicts, plan_registry};
use ringfence::spec::RegistrySpec;
use serde_json::{Value, json};

use super::{live, wanted};
use crate::readings::reading;

const LEASED: &str = "203.0.113.7";
const UNTIL: &str = "2026-11-29T03:20:00Z";
const BEFORE: &str = "2026-11-29T03:00:00Z";
const AFTER: &str = "2026-11-29T04:00:00Z";

/// A registry with the rule of a lease, and with one of others.
fn body(tag: &str) -> Value {
    let mut body = live("Deny", &[LEASED, "198.51.100.1"], &[]);
    body["tags"] = json!({"ringfence-lease-job": format!("until={UNTIL} {tag}")});
    body
}

/// Plans lines of YAML, and tells the spec of the lease.
fn planned(lines: &str, reading: &Reading, runs: bool) -> RegistryPlan {
    let mut spec: RegistrySpec = wanted(lines);
    let running = BTreeSet::from_iter(runs.then(|| "job".to_owned()));
    spec.leases = Some(running);
    plan_registry(&spec, reading, &Policy::default())
}

/// Returns what the lease holds, and what it needs, in words.
fn words(conflicts: &[LeaseConflict]) -> Vec<String> {
    let mut words = Vec::new();
    for conflict in conflicts {
        words.push(conflict.message());
    }
    words
}

const RULE: &str = "ip=203.0.113.7";
const ACCESS: &str = "ip=203.0.113.7 was=Disabled/Allow";

#[test]
fn wanted_parts_of_leases_are_refused() {
    let both = "    ipRules: [203.0.113.7, 198.51.100.1]\n";
    let others = "    ipRules: [198.51.100.1]\n    ownership: additive\n";
    let enabled = "    publicNetworkAccess: Enabled\n";
    let deny = "    defaultAction: Deny\n";
    let rows = [
        (RULE, both, true, "holds `203.0.113.7` until"),
        (RULE, both, false, "holds `203.0.113.7` and ended at"),
        (RULE, others, true, ""),
        (RULE, enabled, true, ""),
        (ACCESS, others, true, ""),
        (ACCESS, enabled, true, "holds public access until"),
        (ACCESS, enabled, false, "holds public access and ended at"),
        (
            ACCESS,
            deny,
            true,
            "holds the default action (`Allow` comes back) until",
        ),
        ("ip=203.0.113.7 was=Disabled/Deny", deny, true, ""),
        // It waits until the lease is closed.
        (ACCESS, "    defaultAction: Allow\n", true, ""),
        (
            "was=Disabled/Deny",
            "    defaultAction: Allow\n",
            true,
            "holds the default action (`Deny` comes back) until",
        ),
        // A close leaves the default action of a disabled registry alone.
        (
            ACCESS,
            "    publicNetworkAccess: Disabled\n    defaultAction: Deny\n",
            false,
            "",
        ),
    ];
    for (tag, lines, runs, expected) in rows {
        let plan = planned(lines, &reading(&body(tag)), runs);
        let found = words(&plan.held_by_lease);
        let is_found = found.first().is_some_and(|message| message.contains(expected));
        assert_eq!(is_found, !expected.is_empty(), "{tag} {lines} {runs}: {found:?}");
        assert_eq!(plan.refusals.len(), found.len(), "{:?}", plan.refusals);
        if let Some(refusal) = plan.refusals.first() {
            let close = if runs { "--lease job" } else { "--expired" };
            let help = refusal.help.as_deref().unwrap_or_default();
            assert!(help.contains(close) && refusal.override_flag.is_none(), "{help}");
        }
    }
}

/// The lease is opened once the plan is made, or closed, or opened anew.
#[test]
fn leases_are_judged_again_on_a_later_state() {
    let exact = "    ipRules: [203.0.113.7, 198.51.100.1]\n";
    let without = "    ipRules: [198.51.100.1]\n";
    let additive = "    ipRules: [203.0.113.7]\n    ownership: additive\n";
    let rows = [
        (exact, BEFORE, "holds `203.0.113.7` until"),
        (exact, AFTER, "holds `203.0.113.7` and ended"),
        (additive, BEFORE, "holds `203.0.113.7` until"),
        (without, BEFORE, "needs `203.0.113.7` until"),
        (without, AFTER, ""),
        (
            "    publicNetworkAccess: Enabled\n",
            BEFORE,
            "holds public access",
        ),
        (
            "    publicNetworkAccess: Disabled\n",
            BEFORE,
            "needs public access",
        ),
        (
            "    defaultAction: Deny\n",
            BEFORE,
            "holds the default action (`Allow`",
        ),
        ("    defaultAction: Allow\n", BEFORE, "needs public access"),
        ("    trustedServices: false\n", BEFORE, ""),
    ];
    let before = live("Deny", &[LEASED, "198.51.100.1"], &[]);
    for (lines, now, expected) in rows {
        let plan = planned(lines, &reading(&before), true);
        let later = reading(&body(ACCESS)).registry;
        let found = words(&lease_conflicts(&plan, &later, now.parse().unwrap(), ""));
        let is_found = found.first().is_some_and(|message| message.contains(expected));
        assert_eq!(is_found, !expected.is_empty(), "{lines} {now}: {found:?}");
        assert!(lease_conflicts(&plan, &reading(&before).registry, now.parse().unwrap(), "").is_empty());
    }
}

/// What must get in must do so once the lease is closed.
#[test]
fn expectations_do_not_count_on_leases() {
    let rule = "    ipRules: [198.51.100.1]\n    ownership: additive\n";
    let rows = [
        ("    expect: {allow: [203.0.113.7]}\n", true),
        ("    expect: {allow: [198.51.100.1]}\n", false),
        // It gets in while the lease is open.
        ("    expect: {deny: [203.0.113.7]}\n", true),
        ("    expect: {deny: [192.0.2.1]}\n", false),
    ];
    for (expect, is_broken) in rows {
        let plan = planned(&format!("{rule}{expect}"), &reading(&body(RULE)), true);
        assert_eq!(
            !plan.refusals.is_empty(),
            is_broken,
            "{expect}: {:?}",
            plan.refusals
        );
        assert_eq!(!plan.broken.is_empty(), is_broken, "{expect}: {:?}", plan.broken);
        if expect.contains("allow") && is_broken {
            let why = "only a lease admits it, which ends: `job`";
            assert_eq!(plan.refusals[0].help.as_deref(), Some(why));
            assert_eq!(plan.broken[0].reason.as_deref(), Some(why));
        }
    }
    // A spec that wants the rule is refused for the lease, and not for its expectation too.
    let wants = "    ipRules: [203.0.113.7, 198.51.100.1]\n    expect: {allow: [203.0.113.7]}\n";
    let plan = planned(wants, &reading(&body(RULE)), true);
    assert_eq!((plan.refusals.len(), plan.broken.len()), (1, 0));
}
