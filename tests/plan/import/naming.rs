//! Names and order: the same state gives the same bytes, and one more registry changes little.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check, denying};
use crate::azure_bodies::{premium_registry, subnet_id};

const OFFICES: [&str; 3] = ["203.0.113.0/24", "198.51.100.7", "198.51.100.9"];

fn with_subnets(name: &str, ids: &[String]) -> Value {
    let mut body = premium_registry(name);
    let rules: Vec<Value> = ids
        .iter()
        .map(|id| json!({"action": "Allow", "id": id}))
        .collect();
    body["properties"]["networkRuleSet"]["virtualNetworkRules"] = json!(rules);
    body
}

fn names(import: &ringfence::import::Import) -> Vec<&str> {
    let networks = import.networks.iter().map(|network| network.name.as_str());
    networks
        .chain(import.subnets.iter().map(|subnet| subnet.name.as_str()))
        .collect()
}

#[test]
fn order_of_rules_and_registries_does_not_matter() {
    let mut reversed = OFFICES;
    reversed.reverse();
    let one = check(&[denying("aregistry", &OFFICES), denying("bregistry", &OFFICES)]);
    let other = check(&[denying("bregistry", &reversed), denying("aregistry", &reversed)]);
    assert_eq!(one, other);
    assert_eq!(names(&one), ["net-203-0-113-0-24"]);
    assert_eq!(one.networks[0].registries, 2);
}

#[test]
fn one_more_registry_changes_only_lines_of_its_own() {
    let fleet: Vec<Value> = (0..20)
        .map(|n| denying(&format!("registry{n:02}"), &OFFICES))
        .collect();
    let before = check(&fleet).spec;
    let with_own = [&OFFICES[..], &["192.0.2.77"]].concat();
    let mut grown = fleet.clone();
    grown.insert(7, denying("another", &with_own));
    let after = check(&grown).spec;
    let known: BTreeSet<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().filter(|line| !known.contains(line)).collect();
    assert_eq!(new.len(), 2, "{new:#?}");
    assert_eq!(new[1].trim(), "ipRules: [net-203-0-113-0-24, 192.0.2.77]");
    let kept: BTreeSet<&str> = after.lines().collect();
    assert!(known.is_subset(&kept), "{after}");
}

#[test]
fn networks_are_ranges_of_the_same_registries() {
    let import = check(&[
        denying(
            "aregistry",
            &["192.0.2.1", "192.0.2.2", "198.51.100.1", "198.51.100.2"],
        ),
        denying("bregistry", &["192.0.2.1", "192.0.2.2", "203.0.113.5"]),
        denying("cregistry", &["198.51.100.1", "198.51.100.2", "203.0.113.5"]),
    ]);
    assert_eq!(names(&import), ["net-192-0-2-1", "net-198-51-100-1"]);
    for line in [
        "ipRules: [net-192-0-2-1, net-198-51-100-1]",
        "ipRules: [net-192-0-2-1, 203.0.113.5]",
        "ipRules: [net-198-51-100-1, 203.0.113.5]",
    ] {
        assert!(import.spec.contains(line), "{line}\n{}", import.spec);
    }
}

#[test]
fn subnets_with_one_short_name_get_longer_ones() {
    let hub = subnet_id("hub", "build").to_string();
    let elsewhere = hub.replace("/resourceGroups/rg/", "/resourceGroups/Other/");
    let aks = subnet_id("Hub", "AKS").to_string();
    let import = check(&[with_subnets("contoso", &[hub.clone(), elsewhere, aks.clone()])]);
    assert_eq!(names(&import), ["hub-aks", "other-hub-build", "rg-hub-build"]);
    assert!(
        import.spec.contains(&format!("hub-aks: {aks}\n")),
        "{}",
        import.spec
    );
    assert!(
        import
            .spec
            .contains("subnets: [hub-aks, other-hub-build, rg-hub-build]"),
        "{}",
        import.spec
    );
}

#[test]
fn odd_names_of_subnets_are_valid_names() {
    let odd = [
        subnet_id("203.0.113.7", "a"),
        subnet_id("1e", "5"),
        subnet_id("net", "203-0-113-0-24"),
        subnet_id("a-b", "c"),
        subnet_id("a", "b-c"),
        subnet_id("gr\u{fc}n", "(x)"),
    ];
    let ids: Vec<String> = odd.iter().map(|id| id.to_string()).collect();
    let mut bodies = vec![with_subnets("contoso", &ids)];
    bodies.push(denying("aregistry", &OFFICES));
    bodies.push(denying("bregistry", &OFFICES));
    let import = check(&bodies);
    let distinct: BTreeSet<&str> = names(&import).into_iter().collect();
    assert_eq!(distinct.len(), names(&import).len());
}

/// A default reaches every registry, so a registry that does not show the setting has to stay as it is.
#[test]
fn hidden_setting_is_no_default() {
    let mut hidden = denying("hiding", &OFFICES);
    hidden["properties"]["networkRuleSet"]
        .as_object_mut()
        .unwrap()
        .remove("virtualNetworkRules");
    let import = check(&[
        denying("aregistry", &OFFICES),
        denying("bregistry", &OFFICES),
        hidden,
    ]);
    let (defaults, registries) = import.spec.split_once("\nregistries:").unwrap();
    assert!(!defaults.contains("subnets:"), "{}", import.spec);
    assert_eq!(registries.matches("subnets: []").count(), 2, "{}", import.spec);
    assert!(
        defaults.contains("ipRules: [net-203-0-113-0-24]"),
        "{}",
        import.spec
    );
}
