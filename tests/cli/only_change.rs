//! `--only-change`: a plan that changes the access of other clients is refused.

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
fn other_clients_are_named_with_what_decides() {
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
        "refused[only-change]: 1 address that is not named would gain access, such as 198.51.100.7 (before: no rule; after: rule 198.51.100.7)",
        "1 address that is not named would lose access, such as 192.0.2.9 (before: rule 192.0.2.9; after: no rule)",
        "subnet hub/build",
        "trusted services would lose access (before: the bypass; after: no bypass)",
        "--override only-change",
    ];
    let text = expect(&scenario.run(&words), 3, &told);
    assert!(!text.contains("such as 203.0.113"), "{text}");
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    assert_eq!(plan["guards"]["onlyChange"], json!(["203.0.113.0/24"]));
    // The saved plan is refused as well, and takes no other choice.
    expect(
        &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
        3,
        &["only-change"],
    );
    let other = [
        "apply",
        "--plan",
        "plan.json",
        "--yes",
        "--only-change",
        "192.0.2.9",
    ];
    expect(
        &scenario.run(&other),
        64,
        &["a saved plan takes no --only-change"],
    );
    assert_eq!(rules(&scenario), ["203.0.113.9", "192.0.2.9"]);
}

#[test]
fn plan_for_the_named_clients_is_applied() {
    for name in ["build", "hub/build"] {
        let scenario = scenario();
        let mut words = vec!["apply", "spec.yaml", "--yes"];
        for rule in ["offices", "198.51.100.7", "192.0.2.9", name] {
            words.extend(["--only-change", rule]);
        }
        // Trusted services lose access by the first subnet rule, and have no name.
        expect(&scenario.run(&words), 3, &["trusted services would lose access"]);
        words.extend(["--override", "only-change"]);
        expect(&scenario.run(&words), 0, &[]);
        assert_eq!(
            rules(&scenario),
            ["198.51.100.7", "203.0.113.0/25", "203.0.113.128/25"],
            "{name}"
        );
    }
}

#[test]
fn rebase_keeps_the_choice_of_the_saved_plan() {
    let lines = "    ipRules: [203.0.113.9, 192.0.2.9, 198.51.100.7]\n";
    let scenario = scenario();
    scenario.write("spec.yaml", &spec_of(lines));
    let words = [
        "plan",
        "spec.yaml",
        "--only-change",
        "198.51.100.7",
        "-o",
        "json=plan.json",
    ];
    expect(&scenario.run(&words), 0, &[]);
    scenario.write(
        "spec.yaml",
        &spec_of("    ipRules: [203.0.113.9, 198.51.100.7]\n"),
    );
    let rebase = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    expect(&scenario.run(&rebase), 3, &["192.0.2.9"]);
    scenario.write("spec.yaml", &spec_of(lines));
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
