//! Service endpoints that a run turns on for one registry, and what the other registries of the run lose by it.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::live::{Egress, Live, UnknownEgress};
use ringfence::plan::{Direction, FailOn, Plan, Policy, diff};
use ringfence::render::Document;
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

/// Plans both registries. The endpoint of `build` is off, and its NAT gateway is not known.
fn planned(spec: &Spec, fabrikam: &Value, policy: &Policy) -> Plan {
    let mut contoso = reading_with(&live("Deny", &["192.0.2.9"], &[]), &[("build", false)]);
    contoso
        .egress
        .insert(hub("build"), Egress::Unknown(UnknownEgress::NoNatGateway));
    let mut fabrikam = fabrikam.clone();
    fabrikam["id"] = json!(registry_id("fabrikam"));
    fabrikam["name"] = json!("fabrikam");
    let readings = [contoso, reading(&fabrikam)];
    let registries = readings.map(|reading| (reading.registry.id.clone(), Ok(reading)));
    let live = Live {
        registries: BTreeMap::from(registries),
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
        assert_eq!(
            matches!(registry.access.effect, Direction::Narrows),
            wanted.is_some()
        );
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
