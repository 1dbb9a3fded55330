//! Findings of an audit: each code with the state that causes it.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::audit::{Audit, FindingCode, audit};
use ringfence::live::{Live, LiveSubnet, Reading};
use ringfence::model::{Failure, FailureKind};
use ringfence::plan::{Policy, diff};
use ringfence::render::{Document, Paint};
use ringfence::spec::{Severity, Spec};

use serde_json::json;

use super::{hub, live, reading_with, wanted};
use crate::readings::reading_at;

/// Audits one registry.
fn audited(lines: &str, reading: Reading) -> Audit {
    let mut wanted = wanted(lines);
    wanted.leases = Some(BTreeSet::new());
    let live = Live {
        registries: BTreeMap::from([(wanted.id.clone(), Ok(reading))]),
        ..Live::default()
    };
    let spec = Spec {
        files: vec!["spec.yaml".to_owned()],
        registries: vec![wanted],
        ..Spec::default()
    };
    audit(&diff(&spec, &live, &Policy::default()))
}

/// Returns code and severity of every finding about a registry.
fn found(lines: &str, reading: Reading) -> Vec<(FindingCode, Severity)> {
    let mut found = Vec::new();
    for finding in audited(lines, reading).findings {
        found.push((finding.code, finding.severity));
    }
    found
}

/// A registry whose rule only a lease holds.
fn leased(address: &str) -> Reading {
    let mut body = live("Deny", &[address], &[]);
    let value = format!("until=2026-11-29T03:20:00Z ip={address}");
    body["tags"] = json!({"ringfence-lease-job": value});
    reading_with(&body, &[])
}

#[test]
fn findings_have_the_code_of_their_cause() {
    let one = || reading_with(&live("Deny", &["203.0.113.7"], &[]), &[]);
    let subnet = |on| reading_with(&live("Deny", &[], &["build"]), &[("build", on)]);
    let failure = Failure {
        kind: FailureKind::NotFound,
        ..Failure::new("NotFound", "gone")
    };
    let gone = Reading {
        subnets: BTreeMap::from([(hub("build"), LiveSubnet::Unreadable(failure))]),
        ..reading_with(&live("Deny", &[], &["build"]), &[])
    };
    let rows = [
        ("    ipRules: []\n", one(), FindingCode::UnexpectedRule),
        (
            "    ipRules: [203.0.113.7, 192.0.2.9]\n",
            one(),
            FindingCode::MissingRule,
        ),
        (
            "    trustedServices: false\n",
            one(),
            FindingCode::DifferentSetting,
        ),
        (
            "    subnets: [$build]\n",
            subnet(false),
            FindingCode::MissingEndpoint,
        ),
        ("    subnets: [$build]\n", gone, FindingCode::GoneSubnet),
        (
            "    ipRules: [203.0.113.7]\n",
            reading_with(&live("Deny", &["203.0.113.7", "2001:db8::1"], &[]), &[]),
            FindingCode::UnreadableRule,
        ),
        (
            "    expect: {allow: [192.0.2.9]}\n",
            one(),
            FindingCode::BrokenExpectation,
        ),
        (
            "    ipRules: [203.0.113.7]\n",
            leased("203.0.113.7"),
            FindingCode::HeldByLease,
        ),
    ];
    let codes: Vec<FindingCode> = rows.iter().map(|row| row.2).collect();
    let all: Vec<FindingCode> = FindingCode::ALL.iter().map(|row| row.0).collect();
    assert_eq!(codes, all);
    for (lines, reading, code) in rows {
        assert_eq!(found(lines, reading), [(code, code.severity())], "{lines}");
    }
    for (lines, reading) in [
        (
            "    ipRules: [203.0.113.7]\n    expect: {allow: [203.0.113.7]}\n",
            one(),
        ),
        ("    subnets: [$build]\n", subnet(true)),
    ] {
        assert!(found(lines, reading).is_empty(), "{lines}");
    }
}

/// A registry that is in sync as far as it can be seen is not called in sync without a word.
#[test]
fn hidden_subnet_rules_are_named() {
    let mut body = live("Deny", &["203.0.113.7"], &[]);
    let shown = audited(
        "    ipRules: [203.0.113.7]\n",
        reading_at("2026-09-01-preview", &body),
    );
    assert!(shown.hidden.is_empty());
    let rules = body["properties"]["networkRuleSet"].as_object_mut().unwrap();
    rules.remove("virtualNetworkRules");
    let blind = audited("    ipRules: [203.0.113.7]\n", reading_at("2025-11-01", &body));
    assert_eq!(blind.hidden.len(), 1);
    let text = blind.text(Paint::PLAIN);
    assert!(text.contains("its subnet rules are hidden"), "{text}");
}

/// A registry with drift and two subnets that cannot be read is told once, and counted once.
#[test]
fn registry_that_is_compared_in_part_is_told_once() {
    let failure = Failure::new("AuthorizationFailed", "no right");
    let unreadable = |name| (hub(name), LiveSubnet::Unreadable(failure.clone()));
    let reading = |ips: &[&str]| Reading {
        subnets: BTreeMap::from([unreadable("build"), unreadable("test")]),
        ..reading_with(&live("Deny", ips, &["build", "test"]), &[])
    };
    let lines = "    ipRules: [203.0.113.7]\n    subnets: [$build, $test]\n";
    for (ips, drifted, title) in [
        (
            &["203.0.113.8"][..],
            1,
            "has drifted, and could be compared only in part\n",
        ),
        (&["203.0.113.7"], 0, "could be compared only in part\n"),
    ] {
        let audit = audited(lines, reading(ips));
        let summary = audit.summary;
        assert!(audit.failures.is_empty());
        assert_eq!((audit.uncompared.len(), summary.incomplete), (2, 1));
        assert_eq!(
            (summary.in_sync, summary.drifted, summary.failed),
            (0, drifted, 1 - drifted)
        );
        let text = audit.text(Paint::PLAIN);
        assert_eq!(text.matches("(group").count(), 1, "{text}");
        assert!(
            text.contains(title) && !text.contains("could not be read"),
            "{text}"
        );
        assert!(
            text.contains(" 1 registry could be compared only in part."),
            "{text}"
        );
        let table = audit.table(Paint::PLAIN);
        assert_eq!(table.matches("contoso").count(), 1, "{table}");
    }
}

/// A managed list that is hidden is a part that could not be compared, and is not told again as hidden.
#[test]
fn hidden_managed_setting_is_told_once() {
    let mut body = live("Deny", &["203.0.113.7"], &[]);
    let rules = body["properties"]["networkRuleSet"].as_object_mut().unwrap();
    rules.remove("virtualNetworkRules");
    let audit = audited("    subnets: []\n", reading_at("2025-11-01", &body));
    assert_eq!((audit.hidden.len(), audit.uncompared.len()), (0, 1));
    let text = audit.text(Paint::PLAIN);
    assert_eq!(text.matches("hides").count(), 1, "{text}");
}
