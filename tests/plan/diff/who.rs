//! Who gains and who loses access, by the names of the spec.

use ringfence::live::Live;
use ringfence::model::RegistryId;
use ringfence::plan::{Plan, Policy, Who, checksum, diff};
use ringfence::spec;
use serde_json::{Value, json};

use super::{hub, live, reading_with};
use crate::azure_bodies::registry_id;

/// The saved plan of the registry `contoso` with these lines, after two named networks and a named subnet.
fn saved(lines: &str, body: &Value) -> Value {
    let networks = "networks:\n  offices: [203.0.113.0/24, 198.51.100.16/28]\n  \
                    vendor: {cidrs: [192.0.2.7], owner: supply-chain, ticket: SEC-142}\n";
    let subnets = format!("subnets:\n  build: {}\n", hub("build"));
    let registry = format!("  - id: {}\n{lines}", registry_id("contoso"));
    let text = format!("version: 1\n{networks}{subnets}registries:\n{registry}");
    let spec = spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap())
        .unwrap()
        .spec;
    let reading = reading_with(body, &[("build", true)]);
    let id = RegistryId::parse(&registry_id("contoso")).unwrap();
    let live = Live {
        registries: [(id, Ok(reading))].into(),
        ..Live::default()
    };
    let policy = Policy {
        created: "2026-11-21T03:00:00Z".to_owned(),
        ..Policy::default()
    };
    let plan = diff(&spec, &live, &policy);
    let document = serde_json::to_value(&plan).unwrap();
    Plan::from_json(document.to_string()).unwrap();
    document
}

fn named_plan(lines: &str, body: &Value) -> Value {
    saved(lines, body)["registries"][0].clone()
}

#[test]
fn closing_names_everyone_but_those_who_stay() {
    let lines =
        "    defaultAction: Deny\n    ipRules: [offices, vendor, 192.0.2.9]\n    subnets: [build]\n";
    let plan = named_plan(lines, &live("Allow", &[], &[]));
    assert_eq!(plan["access"]["gains"], Value::Null);
    assert_eq!(
        plan["access"]["loses"],
        json!({"everyoneBut": {
            "addresses": 274,
            "ranges": [
                {"range": "203.0.113.0/24", "name": "offices", "addresses": 256},
                {"range": "198.51.100.16/28", "name": "offices", "addresses": 16},
                {"range": "192.0.2.7", "name": "vendor", "addresses": 1},
                {"range": "192.0.2.9", "addresses": 1},
            ],
            "subnets": [{"id": hub("build"), "name": "build"}],
        }})
    );
    assert_eq!(plan["source"]["line"], json!(8));
}

#[test]
fn removed_rules_have_the_name_that_the_spec_gives_them() {
    let lines = "    defaultAction: Deny\n    ipRules: [203.0.113.0/25, 8.8.8.8]\n    subnets: []\n";
    let body = live("Deny", &["203.0.113.0/24", "192.0.2.7", "9.9.9.9"], &["build"]);
    let plan = named_plan(lines, &body);
    assert_eq!(
        plan["access"]["gains"],
        json!({"only": {
            "addresses": 1,
            "ranges": [{"range": "8.8.8.8", "addresses": 1}],
            "others": ["trusted-services"],
        }})
    );
    // One half of the offices stays.
    assert_eq!(
        plan["access"]["loses"],
        json!({"only": {
            "addresses": 130,
            "ranges": [
                {"range": "203.0.113.0/24", "name": "offices", "addresses": 128},
                {"range": "192.0.2.7", "name": "vendor", "addresses": 1},
                {"range": "9.9.9.9", "addresses": 1},
            ],
            "subnets": [{"id": hub("build"), "name": "build"}],
        }})
    );
    assert_eq!(
        plan["changes"][0]["remove"][1],
        json!({"value": "192.0.2.7", "name": "vendor", "owner": "supply-chain", "ticket": "SEC-142"})
    );
}

#[test]
fn opening_names_everyone_but_those_who_were_in() {
    let plan = named_plan("    defaultAction: Allow\n", &live("Deny", &["192.0.2.7"], &[]));
    assert_eq!(
        plan["access"]["gains"],
        json!({"everyoneBut": {
            "addresses": 1,
            "ranges": [{"range": "192.0.2.7", "addresses": 1}],
            "others": ["trusted-services"],
        }})
    );
    assert_eq!(plan["access"]["loses"], Value::Null);
}

#[test]
fn plans_of_earlier_versions_get_their_names_when_read() {
    let mut document = saved("    ipRules: [192.0.2.9]\n", &live("Deny", &["192.0.2.7"], &[]));
    let access = document["registries"][0]["access"].as_object_mut().unwrap();
    for key in ["gains", "loses"] {
        access.remove(key).unwrap();
    }
    let mut unsealed: Plan = serde_json::from_value(document.clone()).unwrap();
    unsealed.created.clear();
    unsealed.spec = ringfence::spec::SpecPart::default();
    unsealed.checksum.clear();
    document["checksum"] = json!(checksum(&unsealed));
    let read = Plan::from_json(document.to_string()).unwrap();
    let loses = read.registries[0].access.loses.as_ref().unwrap();
    assert!(
        matches!(loses, Who::Only(list) if list.addresses == 1),
        "{loses:?}"
    );
}
