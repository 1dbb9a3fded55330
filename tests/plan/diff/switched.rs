//! Service endpoints that a run turns on for one registry, and what the other registries of the run lose by it.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::live::{Egress, Live, UnknownEgress};
use ringfence::plan::{Direction, FailOn, Plan, Policy, diff};
use ringfence::render::{Document, Paint};
use ringfence::spec::{self, Spec};
use serde_json::{Value, json};

use super::{hub, live, reading_with};
use crate::azure_bodies::registry_id;
use crate::readings::reading;

/// The public address of the clients of subnet `build`.
const EGRESS: &str = "203.0.113.50";

/// A spec where contoso wants subnet `build`, and fabrikam has these lines.
fn run_of(lines: &str, egress: &str) -> Spec {
    let text = format!(
        "version: 1\nsubnets:\n  build: {{id: {}{egress}}}\nregistries:\n  - id: {}\n    subnets: [build]\n  - id: {}\n{lines}",
        hub("build"),
        registry_id("contoso"),
        registry_id("fabrikam"),
    );
    let loaded = spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap());
    loaded.unwrap_or_else(|error| panic!("{text}\n{error:?}")).spec
}

/// The same body for a registry of another name.
fn with_name(mut body: Value, name: &str) -> Value {
    body["id"] = json!(registry_id(name));
    body["name"] = json!(name);
    body
}

/// Plans both registries. The endpoint of `build` is off, and its NAT gateway is not known.
fn planned(spec: &Spec, fabrikam: &Value, policy: &Policy) -> Plan {
    let mut contoso = reading_with(&live("Deny", &["192.0.2.9"], &[]), &[("build", false)]);
    contoso
        .egress
        .insert(hub("build"), Egress::Unknown(UnknownEgress::NoNatGateway));
    let fabrikam = with_name(fabrikam.clone(), "fabrikam");
    let readings = [contoso, reading(&fabrikam)];
    let registries = readings.map(|reading| (reading.registry.id.clone(), Ok(reading)));
    let live = Live {
        registries: BTreeMap::from(registries),
        ..Live::default()
    };
    diff(spec, &live, policy)
}

#[test]
fn registries_that_lose_a_switched_subnet_say_so() {
    let known = format!(", egress: [{EGRESS}]");
    let rows = [
        (
            &*known,
            live("Deny", &[EGRESS], &[]),
            "",
            Some("lose this registry:"),
        ),
        (&*known, live("Deny", &["192.0.2.7"], &[]), "", None),
        // Clients without a public address lose nothing.
        (", egress: []", live("Deny", &[EGRESS], &[]), "", None),
        (&*known, live("Deny", &[EGRESS], &["build"]), "", None),
        (
            &*known,
            live("Deny", &[EGRESS], &[]),
            "    subnets: [build]\n",
            None,
        ),
        (&*known, live("Allow", &[EGRESS], &[]), "", None),
        (
            "",
            live("Deny", &[EGRESS], &[]),
            "",
            Some("the subnet has no NAT gateway"),
        ),
        ("", live("Deny", &[], &["old"]), "", None),
    ];
    for (egress, fabrikam, lines, wanted) in rows {
        let plan = planned(&run_of(lines, egress), &fabrikam, &Policy::default());
        let registry = &plan.registries[1];
        let mut notes = registry
            .notes
            .iter()
            .filter(|note| note.code == "endpoint-elsewhere");
        let note = notes.next().map(|note| &*note.message);
        match (note, wanted) {
            (Some(note), Some(words)) => assert!(note.contains(words), "{note}"),
            (note, wanted) => assert_eq!(note, wanted, "{egress} {lines} {fabrikam}"),
        }
        let loses = !registry.access.subnets_closed.is_empty();
        assert_eq!(loses, wanted.is_some(), "{egress} {lines}");
        // The first subnet rule cuts trusted services.
        let narrows = wanted.is_some() || !lines.is_empty();
        assert_eq!(matches!(registry.access.effect, Direction::Narrows), narrows);
    }
}

/// The rule of the subnet was there before, and only the endpoint puts it into force.
#[test]
fn registries_that_gain_a_switched_subnet_say_so() {
    let known = format!(", egress: [{EGRESS}]");
    let rows = [
        (
            &*known,
            live("Deny", &["192.0.2.7"], &["build"]),
            Some("clients gain this registry"),
        ),
        (
            "",
            live("Deny", &["192.0.2.7"], &["build"]),
            Some("clients may gain this registry"),
        ),
        (
            "",
            live("Deny", &[], &["build"]),
            Some("clients gain this registry"),
        ),
        (&*known, live("Deny", &[EGRESS], &["build"]), None),
        (&*known, live("Deny", &["192.0.2.7"], &[]), None),
        (&*known, live("Allow", &[], &["build"]), None),
    ];
    for (egress, fabrikam, wanted) in rows {
        let plan = planned(&run_of("", egress), &fabrikam, &Policy::default());
        let registry = &plan.registries[1];
        assert_eq!(
            registry.access.subnets_opened.is_empty(),
            wanted.is_none(),
            "{egress} {fabrikam}"
        );
        let text = plan.text(Paint::PLAIN);
        let note = text
            .lines()
            .find(|line| line.contains("note[endpoint-elsewhere]"));
        match (note, wanted) {
            (Some(note), Some(words)) => assert!(note.contains(words), "{note}"),
            (note, wanted) => assert_eq!(note, wanted, "{egress} {fabrikam}"),
        }
    }
}

/// A rule that was not in force takes nothing when it goes. The note says what the run does to the endpoint.
#[test]
fn rule_of_a_subnet_that_the_run_switches_was_not_in_force() {
    let spec = run_of("    subnets: []\n", &format!(", egress: [{EGRESS}]"));
    for (ips, loses) in [(&[][..], false), (&[EGRESS], true)] {
        let plan = planned(&spec, &live("Deny", ips, &["build"]), &Policy::default());
        let registry = &plan.registries[1];
        assert_eq!(!registry.access.subnets_closed.is_empty(), loses, "{ips:?}");
        let mut notes = registry.notes.iter();
        let note = notes.find(|note| note.code == "service-endpoints-stay");
        let told = "hub/build is turned on by this run for another registry";
        assert!(note.is_some_and(|note| note.message.contains(told)), "{note:?}");
    }
}

/// The gain is what the change asks for.
#[test]
fn gain_by_an_added_rule_is_no_note() {
    let spec = run_of(
        "    subnets: [build]\n    serviceEndpoints: assume\n",
        &format!(", egress: [{EGRESS}]"),
    );
    let plan = planned(&spec, &live("Deny", &["192.0.2.7"], &[]), &Policy::default());
    let registry = &plan.registries[1];
    assert_eq!(registry.access.subnets_opened, [hub("build")]);
    let mut codes = registry.notes.iter().map(|note| &*note.code);
    assert!(!codes.any(|code| code == "endpoint-elsewhere"));
}

#[test]
fn note_names_the_first_few_addresses() {
    let spec = run_of("", ", egress: [203.0.113.0/24]");
    let ips: Vec<String> = (0..8).map(|n| format!("203.0.113.{}", 2 * n + 1)).collect();
    let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
    let plan = planned(&spec, &live("Deny", &ips, &[]), &Policy::default());
    let note = &plan.registries[1].notes[0].message;
    let told = "(203.0.113.1, 203.0.113.3, 203.0.113.5, 203.0.113.7, 203.0.113.9, 3 more) lose";
    assert!(note.contains(told), "{note}");
}

/// The registry closes, and no IP rule admits the subnet. The endpoint has no part in that.
#[test]
fn loss_by_the_own_change_is_not_told_of_the_endpoint() {
    for egress in ["", ", egress: [203.0.113.50]"] {
        for (rules, noted) in [("[]", false), ("[203.0.113.50]", true)] {
            let lines = format!("    defaultAction: Deny\n    ipRules: {rules}\n    subnets: []\n");
            let plan = planned(
                &run_of(&lines, egress),
                &live("Allow", &[], &[]),
                &Policy::default(),
            );
            let registry = &plan.registries[1];
            assert_eq!(registry.access.subnets_closed, [hub("build")], "{egress} {rules}");
            let mut notes = registry.notes.iter();
            let found = notes.any(|note| note.code == "endpoint-elsewhere");
            assert_eq!(found, noted, "{egress} {rules}");
        }
    }
}

#[test]
fn fail_on_narrows_refuses_the_loss_of_another_registry() {
    let spec = run_of("", &format!(", egress: [{EGRESS}]"));
    let policy = Policy {
        fail_on: BTreeSet::from([FailOn::Narrows]),
        created: "2026-11-21T03:00:00Z".to_owned(),
        ..Policy::default()
    };
    let plan = planned(&spec, &live("Deny", &[EGRESS], &[]), &policy);
    let codes: Vec<String> = plan.registries[1]
        .refusals
        .iter()
        .map(|refusal| refusal.code.to_string())
        .collect();
    assert_eq!(codes, ["narrows"]);
    // A saved plan follows from what it says, also where another registry has switched the subnet.
    assert!(Plan::from_json(plan.json()).is_ok());
}

/// Clients behind the protected address lose the registry, although its rule stays.
#[test]
fn protected_address_of_a_switched_subnet_is_refused() {
    let rows = [
        (
            ", egress: [203.0.113.50]",
            EGRESS,
            Some("is the public address of subnet hub/build"),
        ),
        (", egress: [203.0.113.50]", "192.0.2.7", None),
        ("", EGRESS, Some("may be the public address of subnet hub/build")),
        // It gets in by no rule.
        ("", "198.51.100.1", None),
    ];
    let fabrikam = live("Deny", &[EGRESS, "192.0.2.7"], &[]);
    for (egress, protected, wanted) in rows {
        let policy = Policy {
            protect: vec![protected.parse().unwrap()],
            ..Policy::default()
        };
        let plan = planned(&run_of("", egress), &fabrikam, &policy);
        let refusals = &plan.registries[1].refusals;
        assert_eq!(
            refusals.len(),
            usize::from(wanted.is_some()),
            "{egress} {protected}"
        );
        if let Some(words) = wanted {
            assert!(refusals[0].message.contains(words), "{}", refusals[0].message);
        }
    }
}

/// A registry that is not written turns nothing on, so no other one can count on it.
#[test]
fn refused_registry_switches_no_subnet_of_others() {
    let spec = run_of("    expect: {deny: [build]}\n", &format!(", egress: [{EGRESS}]"));
    let mut contoso = reading_with(&live("Deny", &["192.0.2.9"], &[]), &[("build", false)]);
    let mut fabrikam = contoso.clone();
    fabrikam.registry = reading(&with_name(live("Deny", &[EGRESS], &[]), "fabrikam")).registry;
    for (connections, codes) in [(0, &[][..]), (1, &["expect"])] {
        contoso.registry.private_endpoint_connections = connections;
        let readings = [contoso.clone(), fabrikam.clone()];
        let registries = readings.map(|reading| (reading.registry.id.clone(), Ok(reading)));
        let live = Live {
            registries: BTreeMap::from(registries),
            ..Live::default()
        };
        let plan = diff(&spec, &live, &Policy::default());
        let [first, second] = &plan.registries[..] else {
            panic!("two registries");
        };
        assert_eq!(first.refusals.len(), connections, "{first:?}");
        let found: Vec<&str> = second
            .refusals
            .iter()
            .map(|refusal| refusal.code.name())
            .collect();
        assert_eq!(found, codes);
        assert_eq!(second.switched.is_empty(), connections > 0);
        assert_eq!(first.switched.len(), 1);
        // Today the subnet gets in either way.
        assert_eq!(second.broken.len(), 1);
    }
}
