//! `rule add`, `rule remove` and `rule list` with `--spec`: the file changes, and nothing is sent.

use serde_json::{Value, json};

use crate::apply::apply_run::expect;
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};

/// A spec of two registries, with comments, quotes, a network and a named subnet.
fn spec() -> String {
    format!(
        "# the platform team\nversion: 1\nnetworks:\n  vendor: [192.0.2.7, 192.0.2.8]\nsubnets:\n  build: {}\n\
         registries:\n  - id: {}\n    ipRules: [vendor, '203.0.113.9'] # who\n    subnets: []\n  - id: {}\n    ipRules:\n      \
         - vendor\n",
        subnet_id("vnet", "build"),
        registry_id("contoso"),
        registry_id("fabrikam"),
    )
}

fn scenario() -> Scenario {
    Scenario::new(&spec(), &[])
}

/// Runs `rule` on the spec, without a connection.
fn rule(scenario: &Scenario, words: &[&str]) -> Run {
    scenario.run_plain(&[&["rule"], words, &["--spec", "spec.yaml"]].concat())
}

#[test]
fn rule_add_changes_one_line_of_the_spec_and_back() {
    let scenario = scenario();
    let add = [
        "add",
        "-n",
        "contoso",
        "--ip-address",
        "198.51.100.7",
        "203.0.113.9/32",
    ];
    let run = rule(&scenario, &add);
    expect(
        &run,
        0,
        &[
            "contoso in spec.yaml\n",
            "  + 198.51.100.7 added\n",
            "  = 203.0.113.9 is listed already (spec.yaml:9)\n",
            "spec.yaml:9\n-     ipRules: [vendor, '203.0.113.9'] # who\n+     ipRules: [vendor, '203.0.113.9', '198.51.100.7'] # who\n",
        ],
    );
    let after = spec().replace("'203.0.113.9']", "'203.0.113.9', '198.51.100.7']");
    assert_eq!(scenario.read("spec.yaml"), after);
    let again = rule(&scenario, &add);
    expect(
        &again,
        0,
        &["198.51.100.7 is listed already", "Nothing to change."],
    );
    let remove = ["remove", "-n", "contoso", "--ip-address", "198.51.100.7"];
    expect(&rule(&scenario, &remove), 0, &["- 198.51.100.7 removed"]);
    assert_eq!(scenario.read("spec.yaml"), spec());
    let missing = ["remove", "-n", "contoso", "--ip-address", "198.51.100.7"];
    expect(&rule(&scenario, &missing), 0, &["198.51.100.7 is not listed"]);
}

#[test]
fn information_names_and_subnets_go_into_the_spec() {
    let scenario = scenario();
    let words = [
        "add",
        "-n",
        "fabrikam",
        "--ip-address",
        "198.51.100.7",
        "--reason",
        "scan: nightly",
        "--owner",
        "ops",
        "--ticket",
        "SEC-1",
        "--expires",
        "2999-01-01",
    ];
    expect(&rule(&scenario, &words), 0, &["+ 198.51.100.7 added"]);
    let line = "      - {cidr: 198.51.100.7, owner: ops, reason: \"scan: nightly\", ticket: SEC-1, expires: 2999-01-01}\n";
    assert!(scenario.read("spec.yaml").ends_with(line));
    let words = ["add", "-n", "contoso", "--subnet", "build"];
    expect(&rule(&scenario, &words), 0, &["+     subnets: [build]"]);
    let words = ["remove", "-n", "contoso", "--ip-address", "vendor"];
    expect(
        &rule(&scenario, &words),
        0,
        &["+     ipRules: ['203.0.113.9'] # who"],
    );
    let words = [
        "remove",
        "-n",
        "contoso",
        "--subnet",
        "build",
        "--vnet-name",
        "vnet",
    ];
    expect(&rule(&scenario, &words), 0, &["+     subnets: []"]);
}

#[test]
fn edit_that_would_reach_others_is_refused() {
    let scenario = scenario();
    let words = ["remove", "-n", "contoso", "--ip-address", "192.0.2.7"];
    expect(
        &rule(&scenario, &words),
        3,
        &[
            "error[spec-not-edited]: cannot change `contoso` in `spec.yaml`: `192.0.2.7` is in the network `vendor` at \
             spec.yaml:4, as `fabrikam` too",
            "or give `contoso` the rest: `ipRules: [192.0.2.8, 203.0.113.9]`",
        ],
    );
    assert_eq!(scenario.read("spec.yaml"), spec());
}

#[test]
fn guards_speak_before_the_spec_is_written() {
    let text = format!(
        "version: 1\nguardrails: {{widestRule: /16}}\nregistries:\n  - id: {}\n    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    \
         ipRules: [203.0.113.9]\n    protect: true\n    expect: {{deny: [198.51.100.0/24]}}\n",
        registry_id("contoso")
    );
    let scenario = Scenario::new(&text, &[]);
    let rows = [
        (["add", "--ip-address", "203.0.113.7/24"], "203.0.113.0/24", 64),
        (["add", "--ip-address", "20.0.0.0/8"], "wider than `/16`", 3),
        (["add", "--ip-address", "198.51.100.7"], "must not", 3),
        (
            ["remove", "--ip-address", "203.0.113.9"],
            "protects this registry",
            3,
        ),
        (["add", "--ip-address", "10.0.0.4"], "10.0.0.4", 64),
        (["add", "--ip-address", "nowhere"], "no network `nowhere`", 64),
        (["add", "--subnet", "nowhere"], "no subnet `nowhere`", 64),
        (["add", "--expires", "2020-01-01"], "needs a rule", 64),
    ];
    for (words, message, code) in rows {
        let run = rule(&scenario, &words);
        assert_eq!(run.code, code, "{words:?} {}", run.stderr);
        assert!(run.stderr.contains(message), "{words:?} {}", run.stderr);
        assert_eq!(scenario.read("spec.yaml"), text);
    }
    let words = ["remove", "--ip-address", "203.0.113.9", "--override", "protect"];
    expect(&rule(&scenario, &words), 0, &["+     ipRules: []"]);
}

#[test]
fn rule_list_shows_what_the_spec_wants() {
    let scenario = scenario();
    let run = rule(&scenario, &["list", "-n", "fabrikam"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let allow = |range: &str| json!({"action": "Allow", "ipAddressOrRange": range});
    assert_eq!(
        document,
        json!({"ipRules": [allow("192.0.2.7"), allow("192.0.2.8")], "virtualNetworkRules": null})
    );
    let run = rule(&scenario, &["list"]);
    expect(&run, 64, &["the spec has 2 registries: which one is meant?"]);
}

#[test]
fn edit_is_reported_as_json() {
    let scenario = scenario();
    let words = [
        "add",
        "-n",
        "fabrikam",
        "--ip-address",
        "198.51.100.7",
        "-o",
        "json",
    ];
    let run = rule(&scenario, &words);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        document,
        json!({
            "format": "ringfence.edit/1",
            "file": "spec.yaml",
            "registry": registry_id("fabrikam"),
            "entries": [{"value": "198.51.100.7", "outcome": "added"}],
            "lines": [{"line": 14, "removed": [], "added": ["      - 198.51.100.7"]}],
        })
    );
}

#[cfg(unix)]
#[test]
fn edited_spec_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let scenario = scenario();
    let path = scenario.path("spec.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    expect(
        &rule(
            &scenario,
            &["add", "-n", "contoso", "--ip-address", "198.51.100.7"],
        ),
        0,
        &[],
    );
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}
