//! Guards at their limits: the last value that passes, the first one that is refused, and the override.

use std::collections::BTreeSet;

use ringfence::live::Reading;
use ringfence::plan::{FailOn, Guard, Policy, plan_registry};
use serde_json::{Value, json};

use super::{live, reading_with, wanted, with};
use crate::readings::reading;

/// Code, measured value and limit of each refusal.
fn refused(lines: &str, body: &Value, policy: &Policy) -> Vec<[String; 3]> {
    refused_on(lines, &reading(body), policy)
}

fn refused_on(lines: &str, reading: &Reading, policy: &Policy) -> Vec<[String; 3]> {
    let plan = plan_registry(&wanted(lines), reading, policy);
    let plan = serde_json::to_value(plan).unwrap();
    let mut found = Vec::new();
    for refusal in plan["refusals"].as_array().unwrap() {
        found.push(
            ["code", "measured", "limit"].map(|key| refusal[key].as_str().unwrap_or("").to_owned()),
        );
    }
    found
}

fn overriding(guard: Guard) -> Policy {
    Policy {
        overrides: BTreeSet::from([guard]),
        ..Policy::default()
    }
}

/// A registry under Deny with this many IP rules.
fn with_rules(count: usize) -> Value {
    let ips: Vec<String> = (0..count).map(|n| format!("203.0.113.{n}")).collect();
    live("Deny", &ips.iter().map(String::as_str).collect::<Vec<_>>(), &[])
}

/// A spec that keeps the first rules of [`with_rules`], with these guardrails.
fn keeping(count: usize, guardrails: &str) -> String {
    let ips: Vec<String> = (0..count).map(|n| format!("203.0.113.{n}")).collect();
    format!(
        "    ipRules: [{}]\nguardrails: {{{guardrails}}}\n",
        ips.join(", ")
    )
}

#[test]
fn max_removals_counts_rules_of_both_lists() {
    let body = live("Deny", &["203.0.113.0", "203.0.113.1"], &["old", "test"]);
    for (limit, refusals) in [(3, 1), (4, 0)] {
        let lines =
            format!("    ipRules: [192.0.2.9]\n    subnets: []\nguardrails: {{maxRemovals: {limit}}}\n");
        let found = refused(&lines, &body, &Policy::default());
        assert_eq!(found.len(), refusals, "{found:?}");
    }
}

#[test]
fn max_removals_allows_its_own_value() {
    for (kept, measured) in [(7, None), (6, Some("4")), (1, Some("9"))] {
        let found = refused(
            &keeping(kept, "maxRemovals: 3, maxRemovalPercent: 100"),
            &with_rules(10),
            &Policy::default(),
        );
        let expected = measured.map(|value| ["removals", value, "3"].map(str::to_owned));
        assert_eq!(found, Vec::from_iter(expected), "{kept} rules stay");
    }
}

#[test]
fn max_removals_of_zero_refuses_every_removal() {
    let found = refused(&keeping(1, "maxRemovals: 0"), &with_rules(2), &Policy::default());
    assert_eq!(found, [["removals", "1", "0"]]);
    assert!(refused(&keeping(2, "maxRemovals: 0"), &with_rules(2), &Policy::default()).is_empty());
}

#[test]
fn removal_percentage_is_rounded_up() {
    for (live, kept, measured) in [
        (10, 7, None),
        (10, 6, Some("40 %")),
        (11, 7, Some("37 %")),
        (12, 8, Some("34 %")),
        // Percentages count from ten rules on.
        (9, 1, None),
    ] {
        let found = refused(
            &keeping(kept, "maxRemovalPercent: 30"),
            &with_rules(live),
            &Policy::default(),
        );
        let expected = measured.map(|value| ["removals", value, "30 %"].map(str::to_owned));
        assert_eq!(found, Vec::from_iter(expected), "{kept} of {live} rules stay");
    }
}

#[test]
fn widest_rule_looks_at_added_rules_only() {
    let body = live("Deny", &["8.0.0.0/7"], &[]);
    let rows = [
        ("    ipRules: [8.0.0.0/7]\n", None),
        ("    ipRules: [8.0.0.0/7, 20.0.0.0/16]\n", None),
        ("    ipRules: [8.0.0.0/7, 20.0.0.0/15]\n", Some("/15")),
    ];
    for (lines, measured) in rows {
        let lines = format!("{lines}guardrails: {{widestRule: /16}}\n");
        let found = refused(&lines, &body, &Policy::default());
        let expected = measured.map(|value| ["widest-rule", value, "/16"].map(str::to_owned));
        assert_eq!(found, Vec::from_iter(expected), "{lines}");
        assert!(refused(&lines, &body, &overriding(Guard::WidestRule)).is_empty());
    }
}

#[test]
fn last_rule_guards_only_registries_that_somebody_reaches() {
    let one = live("Deny", &["203.0.113.7"], &[]);
    let private = with(one.clone(), "publicNetworkAccess", json!("Disabled"));
    let rows = [
        (one.clone(), "    ipRules: []\n", true),
        (live("Deny", &[], &["old"]), "    subnets: []\n", true),
        (live("Allow", &[], &[]), "    defaultAction: Deny\n", true),
        (
            live("Deny", &["203.0.113.7"], &["old"]),
            "    ipRules: []\n",
            false,
        ),
        (live("Deny", &[], &[]), "    trustedServices: false\n", false),
        (live("Allow", &["203.0.113.7"], &[]), "    ipRules: []\n", false),
        (private, "    ipRules: []\n", false),
        (one, "    publicNetworkAccess: Disabled\n", false),
    ];
    for (body, lines, guarded) in rows {
        let found = refused(lines, &body, &Policy::default());
        assert_eq!(
            found.iter().any(|refusal| refusal[0] == "last-rule"),
            guarded,
            "{lines}{body}"
        );
        assert!(refused(lines, &body, &overriding(Guard::LastRule)).is_empty());
    }
}

#[test]
fn each_fail_on_kind_refuses_its_own_changes() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let rows: [(&str, &[&str]); 7] = [
        ("    ipRules: [203.0.113.7, 192.0.2.9]\n", &["widens"]),
        ("    ipRules: [192.0.2.9]\n", &["widens", "narrows"]),
        ("    defaultAction: Allow\n", &["widens", "default-action"]),
        (
            "    publicNetworkAccess: Disabled\n",
            &["narrows", "public-access"],
        ),
        ("    dataEndpoint: true\n", &["data-endpoint"]),
        ("    trustedServices: false\n", &["narrows"]),
        ("    ipRules: [203.0.113.7/32]\n", &[]),
    ];
    for (lines, expected) in rows {
        // Drift is about the state before.
        for kind in FailOn::ALL.into_iter().filter(|kind| *kind != FailOn::Drift) {
            let policy = Policy {
                fail_on: BTreeSet::from([kind]),
                ..Policy::default()
            };
            let found = refused(lines, &body, &policy);
            let hit = found.iter().any(|refusal| refusal[0] == kind.name());
            assert_eq!(hit, expected.contains(&kind.name()), "{lines}{}", kind.name());
        }
    }
}

#[test]
fn protected_addresses_must_keep_their_access() {
    let body = live("Deny", &["203.0.113.0/24"], &[]);
    let rows = [
        ("    ipRules: [203.0.113.0/25]\n", "203.0.113.200", true),
        ("    ipRules: [203.0.113.0/25]\n", "203.0.113.100", false),
        (
            "    ipRules: [203.0.113.128/25, 203.0.113.0/25]\n",
            "203.0.113.0/24",
            false,
        ),
        ("    publicNetworkAccess: Disabled\n", "203.0.113.7", true),
        ("    defaultAction: Allow\n", "203.0.113.7", false),
        // An address without access today loses nothing.
        ("    ipRules: [203.0.113.0/25]\n", "8.8.8.8", false),
    ];
    for (lines, address, guarded) in rows {
        let policy = Policy {
            protect: vec![address.parse().unwrap()],
            ..Policy::default()
        };
        let found = refused(lines, &body, &policy);
        assert_eq!(
            found.iter().any(|refusal| refusal[0] == "own-address"),
            guarded,
            "{lines}{address}: {found:?}"
        );
    }
}

#[test]
fn expectations_hold_for_the_wanted_state() {
    let body = live("Allow", &[], &[]);
    let deny = "    defaultAction: Deny\n    ipRules: [203.0.113.0/24]\n    subnets: [$build]\n";
    let rows = [
        ("{allow: [203.0.113.9]}", 0),
        ("{allow: [$build]}", 0),
        ("{deny: [8.8.8.8, $old]}", 0),
        ("{allow: [203.0.113.0/24], deny: [203.0.112.0/24]}", 0),
    ];
    for (expect, refusals) in rows {
        let reading = reading_with(&body, &[("build", true), ("old", true)]);
        let lines = format!("{deny}    expect: {expect}\n");
        let found = refused_on(&lines, &reading, &Policy::default());
        let broken = found.iter().filter(|refusal| refusal[0] == "expect").count();
        assert_eq!(broken, refusals, "{expect}: {found:?}");
    }
    // With unmanaged rules the live state decides.
    let open = "    defaultAction: Deny\n    expect: {allow: [203.0.113.9]}\n";
    let rules = live("Allow", &["203.0.113.0/24"], &[]);
    assert!(refused(open, &rules, &Policy::default()).is_empty());
    let others = live("Allow", &["192.0.2.0/24"], &[]);
    assert_eq!(refused(open, &others, &Policy::default())[0][0], "expect");
    assert!(refused(open, &others, &overriding(Guard::Expect)).is_empty());
}

#[test]
fn overrides_switch_off_one_guard_only() {
    let body = with_rules(10);
    let lines = keeping(1, "maxRemovals: 3, widestRule: /24").replace("[203.0.113.0]", "[20.0.0.0/8]");
    let found = |policy: &Policy| {
        let found = refused(&lines, &body, policy);
        found
            .into_iter()
            .map(|refusal| refusal[0].clone())
            .collect::<BTreeSet<_>>()
    };
    let both = BTreeSet::from(["removals", "widest-rule"].map(str::to_owned));
    assert_eq!(found(&Policy::default()), both);
    assert_eq!(
        found(&overriding(Guard::Removals)),
        BTreeSet::from(["widest-rule".to_owned()])
    );
    assert_eq!(
        found(&overriding(Guard::WidestRule)),
        BTreeSet::from(["removals".to_owned()])
    );
    let all = Policy {
        overrides: BTreeSet::from(Guard::ALL),
        ..Policy::default()
    };
    assert!(found(&all).is_empty());
}

#[test]
fn network_of_several_ranges_is_one_refusal() {
    let lines = "    ipRules: [203.0.113.7]\n    expect: {allow: [offices, 192.0.2.9]}\nnetworks: {offices: [198.51.100.0/25, 203.0.113.7, 198.51.100.192/26]}\n";
    let plan = plan_registry(&wanted(lines), &reading(&with_rules(1)), &Policy::default());
    let messages: Vec<&str> = plan.refusals.iter().map(|refusal| &*refusal.message).collect();
    assert_eq!(
        messages,
        [
            "spec.yaml:5: `offices` (198.51.100.0/25 and 1 more) would not get in, but `expect.allow` says it must",
            "spec.yaml:5: `192.0.2.9` would not get in, but `expect.allow` says it must",
        ]
    );
    let broken: Vec<&str> = plan.broken.iter().map(|broken| &*broken.client).collect();
    assert_eq!(broken, ["offices", "192.0.2.9"]);
}

#[test]
fn fail_on_says_that_a_registry_would_be_open_to_all() {
    let policy = Policy {
        fail_on: BTreeSet::from([FailOn::Widens]),
        overrides: BTreeSet::from([Guard::WidestRule]),
        ..Policy::default()
    };
    let body = with_rules(1);
    for (lines, open) in [
        ("    defaultAction: Allow\n", true),
        ("    ipRules: [0.0.0.0/0]\n", true),
        ("    ipRules: [203.0.113.0, 0.0.0.0/1]\n", false),
    ] {
        let [[code, measured, _]] = &refused(lines, &body, &policy)[..] else {
            panic!("{lines}: one refusal");
        };
        assert_eq!(code, "widens", "{lines}");
        assert_eq!(
            measured.starts_with("access widens: open to all: "),
            open,
            "{lines}{measured}"
        );
    }
}

/// The version hides public access, so whether the address got in is not known.
#[test]
fn guards_say_what_may_be_lost() {
    let mut body = live("Deny", &["203.0.113.7", "203.0.113.8"], &[]);
    let properties = body["properties"].as_object_mut().unwrap();
    properties.remove("publicNetworkAccess");
    let policy = Policy {
        fail_on: BTreeSet::from([FailOn::Narrows]),
        ..Policy::default()
    };
    let lines = "    ipRules: [203.0.113.7]\n    protect: true\n";
    let found = refused(lines, &body, &policy);
    let of = |code: &str| {
        let found = found.iter().find(|refusal| refusal[0] == code);
        found.map(|refusal| refusal[1].clone())
    };
    let narrows = "access may narrow: 1 address".to_owned();
    let protect = "1 rule would be removed and clients may lose access".to_owned();
    assert_eq!((of("narrows"), of("protect")), (Some(narrows), Some(protect)));
}

#[test]
fn protect_refuses_removals_narrowing_and_opening() {
    let closed = live("Deny", &["203.0.113.7", "203.0.113.8"], &["old"]);
    let open = live("Allow", &["203.0.113.7"], &[]);
    let rows = [
        (&closed, "defaultAction: Deny", None),
        (
            &closed,
            "ipRules: [203.0.113.0/24]",
            Some("2 rules would be removed"),
        ),
        (
            &closed,
            "subnets: []",
            Some("1 rule would be removed and clients would lose access"),
        ),
        (
            &closed,
            "defaultAction: Allow",
            Some("everyone would gain access"),
        ),
        (
            &closed,
            "publicNetworkAccess: Disabled",
            Some("clients would lose access"),
        ),
        (&open, "defaultAction: Deny", Some("clients would lose access")),
        (&open, "ipRules: []", Some("1 rule would be removed")),
        (&open, "trustedServices: true", None),
    ];
    for (body, line, measured) in rows {
        let lines = format!("    {line}\n    protect: true\n");
        let mut found = refused(&lines, body, &Policy::default());
        found.retain(|[code, _, _]| code == "protect");
        let found: Vec<&str> = found.iter().map(|[_, measured, _]| measured.as_str()).collect();
        assert_eq!(found, Vec::from_iter(measured), "{line}");
        let found = refused(&lines, body, &overriding(Guard::Protect));
        assert!(found.iter().all(|[code, _, _]| code != "protect"), "{line}");
    }
}
