//! Subnets in an audit: those whose rule admits no client, and endpoints that a run turned on.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::virtual_network::vnet_body;

/// A registry under Deny with an IP rule and a rule for this subnet of `hub`.
fn registry(subnet: &str) -> Value {
    let mut registry = premium_registry("contoso");
    let rule =
        json!({"action": "Allow", "virtualNetworkSubnetResourceId": subnet_id("hub", subnet).as_str()});
    registry["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny",
        "virtualNetworkRules": [rule],
        "ipRules": [{"action": "Allow", "value": "203.0.113.9"}],
    });
    registry
}

/// A spec of `contoso` with these lines, and the subnet `hub/build` without a service endpoint.
fn scenario(lines: &str, registry: Value) -> Scenario {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n{lines}",
        registry_id("contoso")
    );
    Scenario::new(&spec, &[registry, vnet_body(&[subnet_id("hub", "build")])])
}

#[test]
fn page_does_not_let_in_a_subnet_without_its_endpoint() {
    for subnet in ["build", "gone"] {
        let scenario = scenario("    defaultAction: Deny\n", registry(subnet));
        for command in [&["audit", "spec.yaml"][..], &["audit", "--all"]] {
            let run = scenario.run(&[command, &["-o", "html=page.html"]].concat());
            assert!(run.code == 0 || run.code == 2, "{}", run.stderr);
            let page = scenario.read("page.html");
            let (_, clients) = page.split_once("<ul class=\"clients\">").unwrap();
            let (clients, _) = clients.split_once("</ul>").unwrap();
            let name = format!("1 subnet hub/{subnet}");
            let line = clients.split("<li").find(|line| line.contains(&name)).unwrap();
            assert!(!line.contains("<b>Get in:"), "{command:?}: {line}");
            let is_gone = line.contains("<b>Does not exist:</b>");
            assert_eq!(is_gone, subnet == "gone", "{command:?}: {line}");
        }
    }
}

#[test]
fn drift_lets_in_no_client_of_a_subnet_without_its_endpoint() {
    let lines = "    defaultAction: Deny\n    ipRules: [203.0.113.9]\n    subnets: []\n";
    for subnet in ["build", "gone"] {
        let scenario = scenario(lines, registry(subnet));
        let run = scenario.run(&["audit", "spec.yaml", "-o", "table", "-o", "json=audit.json"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stdout.contains("drifted"), "{}", run.stdout);
        assert!(!run.stdout.contains("lets in"), "{}", run.stdout);
        let audit: Value = serde_json::from_str(&scenario.read("audit.json")).unwrap();
        assert_eq!(
            audit["registries"][0]["access"]["subnetsClosed"],
            json!([]),
            "{subnet}"
        );
    }
}

#[test]
fn endpoint_that_the_run_turned_on_is_new() {
    let lines = format!(
        "    defaultAction: Deny\n    subnets: [{}]\n",
        subnet_id("hub", "build")
    );
    let scenario = scenario(&lines, premium_registry("contoso"));
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = scenario.run(&["audit", "--since", "last", "-o", "text", "-o", "github=gh.txt"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    for line in [
        "- subnet hub/build is new",
        "- service endpoint of subnet hub/build is new",
    ] {
        assert!(run.stdout.contains(&format!("\n  {line}\n")), "{}", run.stdout);
    }
    assert!(
        scenario
            .read("gh.txt")
            .contains("contoso: service endpoint of subnet hub/build is new\n"),
        "{}",
        scenario.read("gh.txt")
    );
}

#[test]
fn subnet_that_does_not_exist_has_lost_nothing_since() {
    let lines = "    subnets: []\n";
    let scenario = scenario(lines, registry("gone"));
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let words = [
        "audit",
        "--since",
        "last",
        "-o",
        "text",
        "-o",
        "table=t.txt",
        "-o",
        "json=a.json",
    ];
    let run = scenario.run(&words);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stdout.contains("+ subnet hub/gone has gone\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("service endpoint"), "{}", run.stdout);
    assert!(
        !scenario.read("t.txt").contains("shuts out"),
        "{}",
        scenario.read("t.txt")
    );
    let audit: Value = serde_json::from_str(&scenario.read("a.json")).unwrap();
    assert_eq!(audit["summary"]["findings"], 1);
    assert_eq!(audit["registries"][0]["access"]["subnets_opened"], Value::Null);
    assert_eq!(audit["registries"][0]["access"]["subnetsOpened"], json!([]));
}

#[test]
fn earlier_states_of_one_registry_are_not_to_be_restored() {
    let scenario = scenario("    subnets: []\n", registry("build"));
    scenario.run(&["apply", "spec.yaml", "--yes", "-o", "json=apply.json"]);
    let run = scenario.run(&["audit", "--since", "last", "--since", "apply.json"]);
    assert_eq!(run.code, 64, "{}", run.stderr);
    assert!(
        run.stderr.contains("name the one to compare with"),
        "{}",
        run.stderr
    );
}
