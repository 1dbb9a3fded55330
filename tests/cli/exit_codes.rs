//! Every exit code, and every way in which one registry fails while the others continue.

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use serde_json::{Value, json};

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

fn expect(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    let all = format!("{}\n{}", run.stdout, run.stderr);
    for word in words {
        assert!(all.contains(word), "no `{word}` in\n{all}");
    }
}

/// A spec of a registry without faults and of another one.
fn two() -> String {
    format!("{}  - id: {}\n{DENY}", spec_of(DENY), registry_id("fabrikam"))
}

fn applied(scenario: &Scenario) -> bool {
    scenario.resource("contoso")["properties"]["networkRuleSet"]["defaultAction"] == "Deny"
}

#[test]
fn plan_exits_with_0_or_2_by_changes() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    expect(
        &scenario.run(&["plan", "spec.yaml"]),
        0,
        &["defaultAction: Allow → Deny"],
    );
    expect(
        &scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]),
        2,
        &[],
    );
    expect(&scenario.run(&["audit", "spec.yaml"]), 2, &["defaultAction"]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    expect(
        &scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]),
        0,
        &["No changes"],
    );
    expect(&scenario.run(&["audit", "spec.yaml"]), 0, &[]);
    expect(&scenario.run_plain(&["validate", "spec.yaml"]), 0, &["Valid"]);
}

#[test]
fn unreadable_registry_exits_with_1() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    for command in [
        &["plan", "spec.yaml"][..],
        &["apply", "spec.yaml", "--yes"],
        &["audit", "spec.yaml"],
    ] {
        expect(&scenario.run(command), 1, &["ResourceGroupNotFound", "contoso"]);
    }
    let json = scenario.run(&["plan", "spec.yaml", "-o", "json"]);
    let plan: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(plan["failures"][0]["error"]["code"], "ResourceGroupNotFound");
    assert_eq!(plan["summary"]["failed"], 1);
}

#[test]
fn missing_registry_beside_a_written_one_exits_with_4() {
    let scenario = Scenario::new(&two(), &[premium_registry("contoso")]);
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes"]),
        4,
        &[
            "error[ResourceNotFound]",
            "not read     fabrikam (spec.yaml:6)",
            "applied and verified",
        ],
    );
    assert!(applied(&scenario));
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 1, &[]);
}

#[test]
fn refused_registry_beside_a_written_one_exits_with_4() {
    let mut basic = premium_registry("fabrikam");
    basic["sku"] = json!({"name": "Basic", "tier": "Basic"});
    basic["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    let mut busy = premium_registry("fabrikam");
    busy["properties"]["provisioningState"] = json!("Updating");
    for (fabrikam, words) in [(basic, ["sku", "Premium"]), (busy, ["busy", "Updating"])] {
        let scenario = Scenario::new(&two(), &[premium_registry("contoso"), fabrikam]);
        expect(&scenario.run(&["plan", "spec.yaml"]), 3, &words);
        expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 4, &words);
        assert!(applied(&scenario));
        expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 3, &words);
    }
}

#[test]
fn broken_guard_exits_with_3_and_writes_nothing() {
    let spec = format!(
        "{}  - id: {}\n    defaultAction: Deny\n    ipRules: []\n",
        spec_of(DENY),
        registry_id("fabrikam")
    );
    let scenario = Scenario::new(
        &spec,
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    expect(
        &scenario.run(&["plan", "spec.yaml"]),
        3,
        &["last-rule", "--override last-rule"],
    );
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 3, &["last-rule"]);
    assert!(!applied(&scenario));
    assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes", "--override", "last-rule"]),
        0,
        &[],
    );
    assert!(applied(&scenario));
}

#[test]
fn broken_expectation_exits_with_3() {
    let spec = spec_of("    ipRules: [203.0.113.7]\n    expect: {deny: [8.8.8.8]}\n");
    let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes"]),
        3,
        &["`8.8.8.8` would get in, but `expect.deny` says it must not"],
    );
    assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
}

#[test]
fn missing_confirmation_exits_with_3() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    for command in [
        &["apply", "spec.yaml"][..],
        &["restore", "--default-allow", &registry_id("contoso")],
    ] {
        if command[0] == "restore" {
            expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
        }
        expect(&scenario.run(command), 3, &["--yes"]);
        assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
    }
    let json = scenario.run(&[
        "restore",
        "--default-allow",
        &registry_id("contoso"),
        "-o",
        "json",
    ]);
    let error: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(error["error"]["code"], "not-confirmed");
}

#[test]
fn missing_subnet_or_endpoint_support_exits_with_3() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso")]);
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes"]),
        3,
        &["subnet-gone", "hub"],
    );
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes", "--cloud", "usgov"]),
        3,
        &["no-service-endpoints"],
    );
}

#[test]
fn wrong_usage_exits_with_64() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    for words in [
        &["plam"][..],
        &["plan"],
        &["plan", "spec.yaml", "--nope"],
        &["plan", "spec.yaml", "-o", "yaml"],
        &[],
    ] {
        expect(&scenario.run_plain(words), 64, &[]);
    }
}

#[test]
fn invalid_spec_exits_with_65_and_sends_nothing() {
    let scenario = Scenario::new(
        &spec_of("    ipRules: [203.0.113.7/24, 2001:db8::1]\n    defaultaction: Deny\n"),
        &[],
    );
    for command in [
        &["validate"][..],
        &["plan"],
        &["apply"],
        &["audit"],
        &["restore", "--default-allow"],
    ] {
        let run = scenario.run(&[command, &["spec.yaml"]].concat());
        expect(
            &run,
            65,
            &[
                "203.0.113.0/24",
                "2001:db8::1",
                "defaultAction",
                "spec.yaml:4",
                "spec.yaml:5",
            ],
        );
        assert!(scenario.requests().is_empty());
    }
    let json = scenario.run_plain(&["validate", "spec.yaml", "-o", "json"]);
    let findings: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(findings["diagnostics"].as_array().unwrap().len(), 3);
}

#[test]
fn broken_sandbox_state_exits_with_1_unchanged() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    scenario.write("state.json", "{\"subscriptions\": [");
    expect(
        &scenario.run(&["apply", "spec.yaml", "--yes"]),
        1,
        &["state.json"],
    );
    assert_eq!(scenario.read("state.json"), "{\"subscriptions\": [");
}

#[test]
fn missing_credentials_exit_with_1() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    let run = scenario.run_plain(&["plan", "spec.yaml", "--arm-endpoint", "https://127.0.0.1:1"]);
    expect(&run, 1, &["az"]);
}

/// The HTTP client takes a proxy's URL that it cannot read for none, and would go straight to the host.
#[test]
fn proxy_that_cannot_be_read_is_not_bypassed() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    for (name, url) in [
        ("HTTPS_PROXY", "http://user:p^ss@proxy.example:3128"),
        ("https_proxy", "htp://proxy.example"),
        ("ALL_PROXY", "http://proxy.example:99999"),
    ] {
        for command in [&["plan"][..], &["apply", "--yes"], &["audit"]] {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_ringfence"))
                .env_clear()
                .env(name, url)
                .current_dir(scenario.path(""))
                .args(command)
                .args(["spec.yaml", "--arm-endpoint", "https://arm.invalid"])
                .output()
                .unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains(&format!("`{name}`")), "{stderr}");
            assert!(stderr.contains("cannot be used"), "{stderr}");
            assert!(!stderr.contains("p^ss"), "{stderr}");
        }
    }
}
