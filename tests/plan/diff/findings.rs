//! Findings of an audit: each code with the state that causes it.

use std::collections::BTreeMap;

use ringfence::audit::{FindingCode, audit};
use ringfence::live::{Live, Reading};
use ringfence::plan::{Policy, diff};
use ringfence::spec::{Severity, Spec};

use super::{live, reading_with, wanted};

/// Returns code and severity of every finding about a registry.
fn found(lines: &str, reading: Reading) -> Vec<(FindingCode, Severity)> {
    let wanted = wanted(lines);
    let live = Live {
        registries: BTreeMap::from([(wanted.id.clone(), Ok(reading))]),
    };
    let spec = Spec {
        files: vec!["spec.yaml".to_owned()],
        registries: vec![wanted],
    };
    let audit = audit(&diff(&spec, &live, &Policy::default()));
    let mut found = Vec::new();
    for finding in audit.findings {
        found.push((finding.code, finding.severity));
    }
    found
}

#[test]
fn findings_have_the_code_of_their_cause() {
    let one = || reading_with(&live("Deny", &["203.0.113.7"], &[]), &[]);
    let subnet = |on| reading_with(&live("Deny", &[], &["build"]), &[("build", on)]);
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
        (
            "    expect: {allow: [192.0.2.9]}\n",
            one(),
            FindingCode::BrokenExpectation,
        ),
    ];
    let codes: Vec<FindingCode> = rows.iter().map(|row| row.2).collect();
    assert_eq!(codes, FindingCode::ALL.map(|row| row.0));
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
