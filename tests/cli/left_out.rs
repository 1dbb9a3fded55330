//! Registries of the spec that a run does not read, and that lose clients by an endpoint that it turns on.

use serde_json::json;

use crate::apply::apply_run::{denying, expect, fault};
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::virtual_network::vnet_body;

/// A spec where contoso wants a subnet whose endpoint is off, and fabrikam, with these lines, lists its public address.
fn scenario(lines: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    let spec = format!(
        "version: 1\nsubnets:\n  build: {{id: {subnet}, egress: [203.0.113.50]}}\nregistries:\n  - id: {}\n    \
         publicNetworkAccess: Enabled\n    defaultAction: Deny\n    subnets: [build]\n  - id: {}\n{lines}",
        registry_id("contoso"),
        registry_id("fabrikam"),
    );
    let registries = ["contoso", "fabrikam"].map(|name| denying(name, &["203.0.113.50"], false));
    let [contoso, fabrikam] = registries;
    Scenario::new(&spec, &[contoso, fabrikam, vnet_body(&[subnet])])
}

const CLOSED: &str =
    "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [203.0.113.50]\n";

/// Plans contoso alone.
fn plan(scenario: &Scenario, words: &[&str], code: i32, has: &[&str]) -> String {
    let only = ["plan", "spec.yaml", "--only", "contoso"];
    let run = scenario.run(&[&only, words].concat());
    expect(&run, code, has);
    run.stdout
}

#[test]
fn loss_of_a_registry_left_out_is_told() {
    let has_exact = format!("{CLOSED}    subnets: []\n");
    let rows = [
        (
            &*has_exact,
            Some("(203.0.113.50) lose `fabrikam`, which the run does not read"),
        ),
        // The list of subnets is not managed, so it may have the subnet.
        (
            CLOSED,
            Some("(203.0.113.50) may lose `fabrikam`, which the run does not read"),
        ),
        (&*has_exact.replace("[]", "[build]"), None),
        (&*has_exact.replace("203.0.113.50", "203.0.113.51"), None),
        (&*has_exact.replace("Deny", "Allow"), None),
        (&*has_exact.replace("Enabled", "Disabled"), None),
    ];
    for (lines, told) in rows {
        let scenario = scenario(lines);
        let text = plan(&scenario, &[], 0, &[])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        match told {
            Some(words) => assert!(text.contains(words), "{lines}\n{text}"),
            None => assert!(!text.contains("endpoint-beyond-run"), "{lines}\n{text}"),
        }
        assert!(
            scenario
                .requests()
                .iter()
                .all(|(_, path)| !path.contains("fabrikam"))
        );
    }
    // In a run of both, fabrikam itself says it.
    let whole = scenario(&has_exact).run(&["plan", "spec.yaml"]);
    assert!(!whole.stdout.contains("endpoint-beyond-run"), "{}", whole.stdout);
}

#[test]
fn loss_of_a_registry_that_cannot_be_read_is_told() {
    let scenario = scenario(&format!("{CLOSED}    subnets: []\n"));
    for (status, code) in [(403, "AuthorizationFailed"), (404, "ResourceNotFound")] {
        let refused = json!({"fault": status, "code": code});
        let faults = json!([fault("GET", "/registries/fabrikam", refused)]);
        scenario.write("faults.json", &faults.to_string());
        let run = scenario.run(&["plan", "spec.yaml", "--faults", "faults.json"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        // A registry that does not exist has no clients.
        assert_eq!(
            run.stdout.contains("endpoint-beyond-run"),
            status == 403,
            "{}",
            run.stdout
        );
    }
}

/// The endpoint is on for contoso, and the rule of fabrikam, which asks for it too, is not written.
#[test]
fn loss_of_a_refused_registry_is_told() {
    let lines = format!("{CLOSED}    subnets: [build]\n    serviceEndpoints: assume\n");
    let scenario = scenario(&lines);
    let run = scenario.run(&["plan", "spec.yaml"]);
    expect(&run, 3, &["refused[endpoint-missing]"]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "(203.0.113.50) lose `fabrikam`, which is refused and stays as it is";
    assert!(text.contains(told), "{text}");
    let guarded = scenario.run(&["plan", "spec.yaml", "--fail-on", "narrows"]);
    expect(&guarded, 3, &["access to `fabrikam` narrows"]);
}

#[test]
fn guards_hold_for_a_registry_left_out() {
    let protected = format!("{CLOSED}    subnets: []\n    protect: true\n");
    let expected = format!("{CLOSED}    expect: {{allow: [build]}}\n");
    let rows: [(&str, &[&str], &[&str]); 4] = [
        (
            &protected,
            &[],
            &["refused[protect]", "would lose `fabrikam`", "--override protect"],
        ),
        (
            &expected,
            &[],
            &["refused[expect]", "`build` must get in", "--override expect"],
        ),
        (
            CLOSED,
            &["--fail-on", "narrows"],
            &["access to `fabrikam` narrows"],
        ),
        (
            CLOSED,
            &["--protect", "203.0.113.50"],
            &["refused[own-address]", "`203.0.113.50`"],
        ),
    ];
    for (lines, words, has) in rows {
        plan(&scenario(lines), words, 3, has);
    }
    plan(&scenario(&protected), &["--override", "protect"], 0, &[]);
    plan(&scenario(CLOSED), &["--protect", "203.0.113.51"], 0, &[]);
}
