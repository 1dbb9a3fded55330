//! The length of imported specs, against specs of the same fleets that were written by hand.

use jiff::civil::date;
use ringfence::model::{Setting, SettingValue};
use ringfence::spec::{ListedRule, RegistrySpec, formatted, load_str};
use serde_json::{Map, Value, json};

use super::check;
use crate::azure_bodies::premium_registry;

/// Specs of 100 registries each, in the shortest form that an author found.
const FLEETS: [(&str, &str); 3] = [
    ("one policy", include_str!("fleets/one_policy.yaml")),
    ("teams", include_str!("fleets/teams.yaml")),
    ("tiers", include_str!("fleets/tiers.yaml")),
];

/// Returns the registry that a spec wants. One that no rules are wanted for is below Premium.
fn body(wanted: &RegistrySpec) -> Value {
    let mut body = premium_registry(wanted.id.name());
    body["id"] = json!(wanted.id.as_str());
    let mut rules = Map::new();
    for setting in wanted.settings.managed() {
        let value = json_of(&wanted.settings.get(setting).unwrap().value);
        match setting.path().strip_prefix("networkRuleSet.") {
            Some(key) => {
                rules.insert(key.to_owned(), value);
            }
            None => body["properties"][setting.path()] = value,
        }
    }
    if wanted.settings.manages(Setting::IpRules) {
        body["properties"]["networkRuleSet"] = rules.into();
    } else {
        body["sku"] = json!({"name": "Standard", "tier": "Standard"});
        body["properties"]
            .as_object_mut()
            .unwrap()
            .remove("networkRuleSet");
    }
    body
}

fn json_of(value: &SettingValue<ListedRule>) -> Value {
    match value {
        SettingValue::Word(word) => json!(word),
        SettingValue::Flag(flag) => json!(flag),
        SettingValue::Rules(rules) => {
            let mut list = Vec::new();
            for listed in rules.iter() {
                let key = if listed.rule.subnet().is_some() {
                    "id"
                } else {
                    "value"
                };
                list.push(json!({"action": "Allow", key: listed.rule.as_str()}));
            }
            list.into()
        }
    }
}

#[test]
fn imported_spec_is_hardly_longer_than_one_by_hand() {
    for (name, by_hand) in FLEETS {
        assert_eq!(formatted(by_hand.as_bytes()).as_deref(), Ok(by_hand), "{name}");
        let spec = load_str("fleet.yaml", by_hand, date(2026, 11, 29)).unwrap().spec;
        assert_eq!(spec.registries.len(), 100, "{name}");
        let bodies: Vec<Value> = spec.registries.iter().map(body).collect();
        let import = check(&bodies);
        let (lines, shortest) = (import.spec.lines().count(), by_hand.lines().count());
        println!("{name}: {lines} lines, by hand {shortest}");
        assert!(
            lines * 10 <= shortest * 12,
            "{name}: {lines} of {shortest}\n{}",
            import.spec
        );
    }
}
