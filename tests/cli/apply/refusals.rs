//! Refusals, and registries that fail while the others continue.

use ringfence::sandbox::{Conditions, Denial, Options};
use serde_json::{Value, json};

use super::apply_run::{
    DENY, apply, contoso, denying, expect, ips, offers_only, only_read, ready_vnet, rules, two,
};
use super::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// Asserts that `plan` and `apply` exit with 3, give this text and code, and send no write.
fn refused(scenario: &Scenario, code: &str, says: &[&str]) -> Value {
    expect(
        &scenario.run(&["plan", "spec.yaml"]),
        3,
        &[&[code], says].concat(),
    );
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "-o", "json=report.json"]);
    expect(&run, 3, &[&[code], says].concat());
    only_read(scenario);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let refusals = report["registries"][0]["refusals"].as_array().unwrap();
    let refusal = refusals.iter().find(|refusal| refusal["code"] == code);
    refusal
        .unwrap_or_else(|| panic!("no {code} in {refusals:?}"))
        .clone()
}

/// Asserts the same, and that the run passes with the flag that the refusal names.
fn guarded(scenario: &Scenario, code: &str, measured: &str, limit: &str) {
    let flag = format!("--override {code}");
    let refusal = refused(scenario, code, &[measured, limit, &flag]);
    assert_eq!(
        (&refusal["measured"], &refusal["limit"]),
        (&json!(measured), &json!(limit))
    );
    assert_eq!(refusal["override"], *flag);
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--override", code]);
    expect(&run, 0, &[]);
}

#[test]
fn too_wide_rule_is_refused() {
    let scenario = contoso("    ipRules: [8.0.0.0/7]\n");
    guarded(&scenario, "widest-rule", "/7", "/8");
    assert_eq!(ips(&scenario), ["8.0.0.0/7"]);
}

#[test]
fn too_many_removals_are_refused() {
    let ten: Vec<String> = (0..10).map(|n| format!("203.0.113.{n}")).collect();
    let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
    for (guardrails, measured, limit) in [
        ("maxRemovals: 3", "4", "3"),
        ("maxRemovalPercent: 30", "40 %", "30 %"),
    ] {
        let spec = format!(
            "{}guardrails: {{{guardrails}}}\n",
            spec_of(&format!("    ipRules: [{}]\n", ten[..6].join(", ")))
        );
        let scenario = Scenario::new(&spec, &[denying("contoso", &ten, false)]);
        guarded(&scenario, "removals", measured, limit);
        assert_eq!(ips(&scenario), ten[..6]);
    }
}

#[test]
fn unchanged_registry_that_breaks_expect_is_refused() {
    let scenario = contoso("    trustedServices: true\n    expect: {deny: [8.8.8.8]}\n");
    guarded(&scenario, "expect", "not denied", "denied");
    let audit = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
    expect(&audit, 2, &[]);
    let audit: Value = serde_json::from_str(&audit.stdout).unwrap();
    let finding = &audit["findings"][0];
    assert_eq!(
        (
            &finding["drift"],
            &finding["live"],
            &finding["wanted"],
            &finding["name"]
        ),
        (
            &json!("expectation"),
            &json!("allowed"),
            &json!("denied"),
            &json!("8.8.8.8")
        )
    );
    assert_eq!(finding["source"]["line"], 5);
    expect(
        &scenario.run(&["audit", "spec.yaml"]),
        2,
        &["8.8.8.8", "spec.yaml:5"],
    );
}

#[test]
fn subnet_rules_beside_a_private_endpoint_are_refused() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let mut registry = premium_registry("contoso");
    let id = format!("{}/privateEndpointConnections/pe", registry_id("contoso"));
    registry["properties"]["privateEndpointConnections"] = json!([{
        "id": id, "name": "pe", "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        "properties": {"provisioningState": "Succeeded", "privateLinkServiceConnectionState": {"status": "Approved"}}
    }]);
    let scenario = Scenario::new(&spec, &[registry, ready_vnet()]);
    refused(
        &scenario,
        "private-endpoint",
        &["private endpoint connections (1)"],
    );
}

#[test]
fn public_access_with_exports_off_is_refused() {
    let mut registry = premium_registry("contoso");
    registry["properties"]["policies"]["exportPolicy"]["status"] = json!("disabled");
    registry["properties"]["publicNetworkAccess"] = json!("Disabled");
    let scenario = Scenario::new(&spec_of("    publicNetworkAccess: Enabled\n"), &[registry]);
    refused(
        &scenario,
        "exports-disabled",
        &["--subscription", "--allow-exports true"],
    );
}

#[test]
fn rules_over_the_registry_limit_are_refused() {
    let ips: Vec<String> = (0..201).map(|n| format!("203.0.113.{n}")).collect();
    let scenario = contoso(&format!("    ipRules: [{}]\n", ips.join(", ")));
    let refusal = refused(&scenario, "limit", &["201 IP rules", "200"]);
    assert_eq!(
        (&refusal["measured"], &refusal["limit"]),
        (&json!("201"), &json!("200"))
    );
    assert!(refusal.get("override").is_none());
}

#[test]
fn setting_hidden_by_the_api_version_is_refused() {
    let scenario = contoso("    publicNetworkAccess: Disabled\n");
    let applied = apply(&scenario, &offers_only("2019-05-01"));
    applied.expect(
        3,
        &[
            "setting-not-shown",
            "2019-05-01",
            "`publicNetworkAccess` out of the spec",
        ],
    );
    only_read(&scenario);
    let audit = scenario.run(&["audit", "spec.yaml", "--faults", "faults.json"]);
    expect(&audit, 1, &["setting-not-shown"]);
}

/// 2019-05-01 has no `publicNetworkAccess`: a restore can neither see nor set it.
#[test]
fn restore_that_cannot_see_public_access_is_not_verified() {
    let mut registry = denying("contoso", &["203.0.113.7"], false);
    registry["properties"]["publicNetworkAccess"] = json!("Disabled");
    let scenario = Scenario::new(&spec_of(""), &[registry]);
    scenario.write("faults.json", &offers_only("2019-05-01").to_string());
    let id = registry_id("contoso");
    let restore = [
        "restore",
        "--default-allow",
        &id,
        "--yes",
        "--faults",
        "faults.json",
    ];
    let hidden = [
        "open, public access unknown",
        "`publicNetworkAccess` is not shown by Azure",
    ];
    expect(&scenario.run(&restore), 4, &hidden);
    assert_eq!(rules(&scenario)["defaultAction"], "Allow");
    // With nothing left to write, it says so at once.
    expect(&scenario.run(&restore), 3, &["setting-not-shown"]);
    let audit = scenario.run(&["audit", "spec.yaml", "--faults", "faults.json"]);
    expect(&audit, 0, &["does not show `publicNetworkAccess`"]);
}

/// The answers to the subnet are unknown on both sides. With public access enabled, it gains access all the same.
#[test]
fn subnet_may_gain_access_where_public_access_is_hidden() {
    let registry = denying("contoso", &["203.0.113.7"], false);
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[registry, vnet_body(&[subnet_id("hub", "build")])]);
    scenario.write("faults.json", &offers_only("2019-05-01").to_string());
    let plan = |more: &[&str]| {
        let plan = ["plan", "spec.yaml", "--faults", "faults.json"];
        scenario.run(&[&plan, more].concat())
    };
    expect(&plan(&[]), 0, &["may gain", "hub/build"]);
    expect(
        &plan(&["--fail-on", "widens"]),
        3,
        &["access may widen", "--fail-on widens"],
    );
    expect(&plan(&["--fail-on", "narrows"]), 3, &["trusted services"]);
}

#[test]
fn subnet_rules_hidden_by_the_api_version_are_refused() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), ready_vnet()]);
    let applied = apply(&scenario, &offers_only("2025-11-01"));
    applied.expect(3, &["subnet-rules-hidden", "2025-11-01"]);
    only_read(&scenario);
    let audit = scenario.run(&["audit", "spec.yaml", "--faults", "faults.json"]);
    expect(&audit, 1, &["subnet-rules-hidden"]);
}

/// IP rules alone can be managed at such a version. That the hidden rules stay is inferred.
#[test]
fn ip_rules_beside_hidden_subnet_rules_are_sent_alone() {
    let spec = spec_of("    ipRules: [203.0.113.7, 203.0.113.8]\n");
    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.7"], false)]);
    apply(&scenario, &offers_only("2025-11-01")).expect(0, &["hides subnet rules"]);
    assert_eq!(ips(&scenario), ["203.0.113.7", "203.0.113.8"]);

    let scenario = Scenario::new(&spec, &[denying("contoso", &["203.0.113.7"], true), ready_vnet()]);
    let kept = rules(&scenario);
    let applied = apply(&scenario, &offers_only("2025-11-01"));
    applied.expect(0, &["hides subnet rules"]);
    assert_eq!(ips(&scenario), ["203.0.113.7", "203.0.113.8"]);
    assert_eq!(
        rules(&scenario)["virtualNetworkRules"],
        kept["virtualNetworkRules"]
    );
}

#[test]
fn missing_assumed_endpoint_is_refused() {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!(
        "    subnets: [{subnet}]\n    serviceEndpoints: assume\n"
    ));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), vnet_body(&[subnet])]);
    refused(&scenario, "endpoint-missing", &["serviceEndpoints: ensure"]);
    scenario.seed(&[premium_registry("contoso"), ready_vnet()]);
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
}

#[test]
fn additive_spec_removes_its_own_expired_rule() {
    let spec = spec_of(
        "    ipRules: [{cidr: 203.0.113.7, expires: 2027-03-31}, 203.0.113.8]\n    ownership: additive\n",
    );
    let live = denying("contoso", &["203.0.113.7", "203.0.113.8", "198.51.100.1"], false);
    let scenario = Scenario::new(&spec, &[live]);
    let day = |day| scenario.run(&["apply", "spec.yaml", "--yes", "--as-of", day]);
    expect(&day("2027-03-30"), 0, &["198.51.100.1"]);
    assert_eq!(ips(&scenario).len(), 3);
    expect(&day("2027-03-31"), 0, &["`203.0.113.7` expired on 2027-03-31"]);
    assert_eq!(ips(&scenario), ["203.0.113.8", "198.51.100.1"]);
}

/// Serves a scenario in which an action on `fabrikam` is not permitted.
fn without(scenario: &Scenario, action: &str) -> Azure {
    let denied = Denial {
        action: format!("Microsoft.ContainerRegistry/registries/{action}"),
        scope: registry_id("fabrikam"),
    };
    let conditions = Conditions {
        denied: vec![denied],
        ..Conditions::default()
    };
    Azure::serve(
        scenario,
        Options {
            conditions,
            ..Options::default()
        },
    )
}

#[test]
fn forbidden_registry_fails_alone() {
    for action in ["read", "write"] {
        let scenario = Scenario::new(
            &two(DENY),
            &[premium_registry("contoso"), premium_registry("fabrikam")],
        );
        let azure = without(&scenario, action);
        let right = format!("ask for a role with `Microsoft.ContainerRegistry/registries/{action}`");
        let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes"]);
        expect(&run, 4, &["AuthorizationFailed", "fabrikam", &right]);
        assert_eq!(ips(&scenario), ["203.0.113.7"]);
        let again = azure.run(&scenario, &["apply", "spec.yaml", "--yes"]);
        expect(&again, 1, &["AuthorizationFailed", &right]);
        assert_eq!(
            scenario.resource("fabrikam")["properties"]["networkRuleSet"]["defaultAction"],
            "Allow"
        );
    }
}
