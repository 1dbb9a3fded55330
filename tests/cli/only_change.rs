//! `--only-change`: some changes of a spec, and a count of the rest.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

fn expect(run: &Run, code: i32, words: &[&str]) -> String {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    // Lines break where the terminal of the test ends.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    text
}

/// A registry under Deny with two rules, and a spec that replaces both, adds a subnet and changes two values.
fn scenario() -> Scenario {
    let subnet = subnet_id("hub", "build");
    let lines = format!(
        "    defaultAction: Deny\n    trustedServices: false\n    dataEndpoint: true\n    ipRules: [offices, 198.51.100.7]\n    subnets: [build]\nnetworks:\n  offices: [203.0.113.0/25, 203.0.113.128/25]\nsubnets:\n  build: {subnet}\n"
    );
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny", "virtualNetworkRules": [],
        "ipRules": [{"action": "Allow", "value": "203.0.113.9"}, {"action": "Allow", "value": "192.0.2.9"}]
    });
    Scenario::new(&spec_of(&lines), &[registry, vnet_body(&[subnet])])
}

fn rules(scenario: &Scenario) -> Vec<String> {
    let registry = scenario.resource("contoso");
    let rules = registry["properties"]["networkRuleSet"]["ipRules"]
        .as_array()
        .unwrap();
    rules
        .iter()
        .map(|rule| rule["value"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn only_named_rules_change_and_the_rest_is_counted() {
    let scenario = scenario();
    let words = [
        "plan",
        "spec.yaml",
        "--only-change",
        "203.0.113.0/24",
        "-o",
        "text",
        "-o",
        "json=plan.json",
    ];
    let told = [
        "Plan: 2 to add, 0 to change, 1 to remove in 1 of 1 registry. 6 changes are left out by --only-change.",
        "left out 6 changes, by --only-change",
    ];
    let text = expect(&scenario.run(&words), 0, &told);
    assert!(
        !text.contains("192.0.2.9") && !text.contains("hub/build"),
        "{text}"
    );
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    assert_eq!(plan["guards"]["onlyChange"], json!(["203.0.113.0/24"]));
    assert_eq!(plan["summary"]["leftOut"], 6);
    assert_eq!(
        plan["registries"][0]["leftOut"],
        json!({"add": 2, "change": 3, "remove": 1})
    );
    // The saved plan does the same, and takes no other choice.
    let run = scenario.run(&[
        "apply",
        "--plan",
        "plan.json",
        "--yes",
        "--only-change",
        "192.0.2.9",
    ]);
    expect(&run, 64, &["a saved plan takes no --only-change"]);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
    assert_eq!(
        rules(&scenario),
        ["192.0.2.9", "203.0.113.0/25", "203.0.113.128/25"]
    );
    let told = ["No changes of the rules that --only-change names. 6 changes are left out"];
    expect(&scenario.run(&words), 0, &told);
    let everything = ["plan", "spec.yaml", "--detailed-exitcode"];
    expect(
        &scenario.run(&everything),
        2,
        &["Plan: 2 to add, 3 to change, 1 to remove"],
    );
}

#[test]
fn rules_can_be_named_as_the_spec_names_them() {
    for name in ["build", "hub/build"] {
        let scenario = scenario();
        let run = scenario.run(&[
            "apply",
            "spec.yaml",
            "--yes",
            "--only-change",
            name,
            "--only-change",
            "offices",
        ]);
        expect(&run, 0, &[]);
        assert_eq!(
            rules(&scenario),
            ["192.0.2.9", "203.0.113.0/25", "203.0.113.128/25"]
        );
        let registry = scenario.resource("contoso");
        let subnets = &registry["properties"]["networkRuleSet"]["virtualNetworkRules"];
        assert_eq!(subnets.as_array().unwrap().len(), 1, "{name}");
        assert_eq!(registry["properties"]["dataEndpointEnabled"], false);
    }
}

#[test]
fn guards_judge_what_remains() {
    let scenario = scenario();
    let narrows = ["plan", "spec.yaml", "--fail-on", "narrows", "--only-change"];
    expect(
        &scenario.run(&[&narrows[..], &["192.0.2.9"]].concat()),
        3,
        &["access narrows: 1 address"],
    );
    expect(
        &scenario.run(&[&narrows[..], &["198.51.100.7"]].concat()),
        0,
        &["1 to add"],
    );
    let default = [
        "plan",
        "spec.yaml",
        "--fail-on",
        "data-endpoint",
        "--only-change",
        "192.0.2.9",
    ];
    expect(&scenario.run(&default), 0, &[]);
}

#[test]
fn rebase_keeps_the_choice_of_the_saved_plan() {
    let scenario = scenario();
    let words = [
        "plan",
        "spec.yaml",
        "--only-change",
        "198.51.100.7",
        "-o",
        "json=plan.json",
    ];
    expect(&scenario.run(&words), 0, &[]);
    let rebase = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    expect(&scenario.run(&rebase), 0, &[]);
    assert_eq!(rules(&scenario), ["203.0.113.9", "192.0.2.9", "198.51.100.7"]);
}

#[test]
fn mistaken_rules_are_usage_errors() {
    let scenario = scenario();
    let rows = [
        (
            "203.0.113.7/24",
            "host bits are set: expected the range 203.0.113.0/24",
        ),
        (
            "203.0.113.300",
            "expected an IPv4 address, a range, a subnet id or a name",
        ),
        ("2001:db8::1", "rules of registries are IPv4 only"),
        ("", "expected an IPv4 address"),
        ("/subscriptions/x", "--only-change"),
        (&registry_id("contoso"), "--only-change"),
        ("office", "did you mean `offices`?"),
        ("zzz\u{1b}[31m", "has no network or subnet of this name"),
    ];
    for (rule, words) in rows {
        let run = scenario.run(&["plan", "spec.yaml", &format!("--only-change={rule}")]);
        let text = expect(&run, 64, &[words]);
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
