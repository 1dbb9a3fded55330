//! Whole plans: several registries, failures, the summary, and the checksum.

use std::collections::BTreeMap;

use ringfence::live::Live;
use ringfence::model::{Failure, RegistryId};
use ringfence::plan::{Plan, Policy, checksum, diff};
use ringfence::spec::{self, Spec, SpecPart};
use serde_json::{Value, json};

use super::live;
use crate::azure_bodies::registry_id;
use crate::readings::reading;

/// A spec of these registries, each with its lines.
fn spec_of(registries: &[(&str, &str)]) -> Spec {
    let mut text = String::from("version: 1\nregistries:\n");
    for (name, lines) in registries {
        text += &format!("  - id: {}\n{lines}", registry_id(name));
    }
    spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap())
        .unwrap()
        .spec
}

/// The live state of these registries; `None` for one that cannot be read.
fn live_of(registries: &[(&str, Option<Value>)]) -> Live {
    let mut found = BTreeMap::new();
    for (name, body) in registries {
        let id = RegistryId::parse(&registry_id(name)).unwrap();
        let read = match body {
            Some(body) => {
                let mut body = body.clone();
                body["id"] = json!(registry_id(name));
                body["name"] = json!(name);
                Ok(reading(&body))
            }
            None => Err(Failure::new("AuthorizationFailed", "no")),
        };
        found.insert(id, read);
    }
    Live {
        registries: found,
        ..Live::default()
    }
}

fn at(created: &str) -> Policy {
    Policy {
        created: created.to_owned(),
        ..Policy::default()
    }
}

/// The checksum that a plan should have: over everything but `created`, `spec` and the checksum itself.
fn sealed(plan: &Plan) -> String {
    let mut plan = plan.clone();
    plan.created.clear();
    plan.spec = SpecPart::default();
    plan.checksum.clear();
    checksum(&plan)
}

fn json(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap()
}

#[test]
fn registries_are_sorted_and_failures_listed_apart() {
    let spec = spec_of(&[
        ("zebra", "    defaultAction: Deny\n"),
        ("contoso", "    defaultAction: Deny\n"),
        ("adatum", "    defaultAction: Deny\n"),
    ]);
    let live = live_of(&[
        ("zebra", Some(live("Allow", &["203.0.113.7"], &[]))),
        ("contoso", None),
        ("adatum", Some(live("Allow", &["203.0.113.7"], &[]))),
    ]);
    let plan = json(&diff(&spec, &live, &Policy::default()));
    let ids: Vec<_> = plan["registries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["id"])
        .collect();
    assert_eq!(ids, [&json!(registry_id("adatum")), &json!(registry_id("zebra"))]);
    assert_eq!(plan["failures"][0]["id"], registry_id("contoso"));
    assert_eq!(plan["failures"][0]["error"]["code"], "AuthorizationFailed");
}

#[test]
fn summary_counts_rules_values_and_registries() {
    let spec = spec_of(&[
        (
            "contoso",
            "    defaultAction: Deny\n    ipRules: [203.0.113.7, 203.0.113.8]\n",
        ),
        ("fabrikam", "    ipRules: [203.0.113.7]\n"),
        ("adatum", "    ipRules: []\n"),
        ("litware", "    ipRules: []\n"),
    ]);
    let live = live_of(&[
        ("contoso", Some(live("Allow", &["198.51.100.1"], &[]))),
        ("fabrikam", Some(live("Deny", &["203.0.113.7"], &[]))),
        ("adatum", Some(live("Deny", &["203.0.113.7"], &["old"]))),
        ("litware", None),
    ]);
    let plan = json(&diff(&spec, &live, &Policy::default()));
    assert_eq!(
        plan["summary"],
        json!({
            "registries": 4, "changed": 2, "add": 2, "change": 1, "remove": 2,
            "notes": 0, "refusals": 0, "failed": 1
        })
    );
}

#[test]
fn checksum_covers_everything_but_the_time() {
    let wanted = spec_of(&[("contoso", "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n")]);
    let live = live_of(&[("contoso", Some(live("Allow", &[], &[])))]);
    let first = diff(&wanted, &live, &at("2026-11-21T03:00:00Z"));
    let later = diff(&wanted, &live, &at("2026-11-22T04:00:00Z"));
    assert_ne!(first.created, later.created);
    assert_eq!(first.checksum, later.checksum);
    assert_eq!(sealed(&first), first.checksum);

    let mut edited = first.clone();
    edited.specs.push("other.yaml".to_owned());
    assert_ne!(sealed(&edited), first.checksum);
    let other = spec_of(&[("contoso", "    defaultAction: Deny\n    ipRules: [203.0.113.8]\n")]);
    assert_ne!(
        diff(&other, &live, &at("2026-11-21T03:00:00Z")).checksum,
        first.checksum
    );
}

#[test]
fn plans_round_trip_through_json() {
    let wanted = spec_of(&[(
        "contoso",
        "    defaultAction: Deny\n    ipRules: [{cidr: 203.0.113.7, reason: lab, ticket: T-1}]\n    dataEndpoint: true\n",
    )]);
    let live = live_of(&[("contoso", Some(live("Allow", &["198.51.100.1"], &["old"])))]);
    let plan = diff(&wanted, &live, &at("2026-11-21T03:00:00Z"));
    let again: Plan = serde_json::from_value(json(&plan)).unwrap();
    assert_eq!(json(&again), json(&plan));
    assert_eq!(sealed(&again), plan.checksum);
}

#[test]
fn spec_without_changes_gives_an_empty_plan() {
    let wanted = spec_of(&[("contoso", "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n")]);
    let live = live_of(&[("contoso", Some(live("Deny", &["203.0.113.7"], &[])))]);
    let plan = json(&diff(&wanted, &live, &Policy::default()));
    let registry = &plan["registries"][0];
    for key in ["changes", "steps", "notes", "refusals"] {
        assert_eq!(registry[key], json!([]), "{key}");
    }
    assert_eq!(plan["summary"]["changed"], 0);
}
