//! The table of `docs/audit.md`: what an audit says about five registries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

const NAMES: [&str; 5] = ["opened", "corporate", "halves", "drifted", "sealed"];

/// Returns the five registries.
fn bodies() -> Vec<Value> {
    let gone = registry_id("x").replace(
        "Microsoft.ContainerRegistry/registries/x",
        "Microsoft.Network/virtualNetworks/hub/subnets/gone",
    );
    let ips: [&[&str]; 5] = [
        &[],
        &["203.0.113.0/24"],
        &["0.0.0.0/1", "128.0.0.0/1"],
        &["203.0.113.0/24", "198.51.100.7"],
        &["203.0.113.0/24"],
    ];
    let mut bodies = Vec::new();
    for (name, ips) in NAMES.into_iter().zip(ips) {
        let mut body = premium_registry(name);
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let properties = &mut body["properties"];
        properties["networkRuleBypassOptions"] = json!("AzureServices");
        properties["networkRuleSet"] = json!({
            "defaultAction": if name == "opened" { "Allow" } else { "Deny" },
            "ipRules": rules, "virtualNetworkRules": []
        });
        if name == "drifted" {
            properties["networkRuleSet"]["virtualNetworkRules"] =
                json!([{"action": "Allow", "id": gone}]);
        }
        if name == "sealed" {
            properties["publicNetworkAccess"] = json!("Disabled");
            properties["adminUserEnabled"] = json!(true);
        }
        bodies.push(body);
    }
    bodies
}

fn spec() -> String {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in NAMES {
        let access = if name == "sealed" { "Disabled" } else { "Enabled" };
        spec += &format!(
            "  - id: {}\n    publicNetworkAccess: {access}\n    defaultAction: Deny\n    ipRules: [203.0.113.0/24]\n    subnets: []\n",
            registry_id(name)
        );
    }
    spec
}

/// Returns the codes in a row of the page, by registry.
fn documented(page: &str, row: &str) -> BTreeMap<&'static str, BTreeSet<String>> {
    let line = page.lines().find(|line| line.starts_with(row)).unwrap();
    let cells: Vec<&str> = line.split('|').skip(2).collect();
    let mut found = BTreeMap::new();
    for (name, cell) in NAMES.into_iter().zip(cells) {
        let codes: BTreeSet<String> = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        found.insert(name, codes);
    }
    found
}

/// Returns the codes of entries of an audit, by registry.
fn found(audit: &Value, list: &str, code: &str) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = NAMES.map(|name| (name, BTreeSet::new())).into();
    for entry in audit[list].as_array().unwrap() {
        let registry = entry["registry"].as_str().unwrap();
        let name = NAMES.into_iter().find(|name| registry.ends_with(name)).unwrap();
        // The page leaves notes out.
        if entry["severity"] != "note" {
            let code = entry[code].as_str().unwrap().to_owned();
            found.entry(name).or_default().insert(code);
        }
    }
    found
}

#[test]
fn page_of_comparisons_says_what_an_audit_finds() {
    let scenario = Scenario::new(&spec(), &bodies());
    let run = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap();
    let page = include_str!("../../docs/audit.md");
    let drift = documented(page, "| `ringfence audit`: drift |");
    assert_eq!(found(&audit, "findings", "code"), drift);
    let posture = documented(page, "| `ringfence audit`: posture |");
    assert_eq!(found(&audit, "posture", "rule"), posture);
}

#[test]
fn findings_point_at_lines_of_the_spec_that_cause_them() {
    let scenario = Scenario::new(&spec(), &bodies());
    let run = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap();
    let line = |name: &str, rule: &str| {
        let entries = audit["posture"].as_array().unwrap();
        let found = entries
            .iter()
            .find(|entry| entry["rule"] == rule && entry["registry"].as_str().unwrap().ends_with(name));
        found.unwrap()["source"]["line"].clone()
    };
    // The spec says `Deny`, lists no half of the internet, and has no subnets: the entry of the registry is named.
    assert_eq!(line("opened", "RF001"), 3);
    assert_eq!(line("halves", "RF002"), 13);
    assert_eq!(line("halves", "RF010"), 13);
    assert_eq!(line("drifted", "RF020"), 18);
    // The spec disables public access, as it is.
    assert_eq!(line("sealed", "RF007"), 24);
}
