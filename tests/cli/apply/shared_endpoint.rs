//! A saved plan whose registries count on one service endpoint, and of which one is not written after all.

use serde_json::{Value, json};

use super::apply_run::{count, denying, expect, fault, nth};
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::virtual_network::vnet_body;

/// The address of the clients of the subnet.
const EGRESS: &str = ", egress: [203.0.113.50]";

/// The plan of two registries that want a subnet whose endpoint is off, and of a third one that wants an address.
fn planned() -> Scenario {
    let scenario = spec_with(EGRESS, "");
    let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 0, &[]);
    scenario
}

/// The spec of these registries, with this `egress` and with more lines about fabrikam.
fn spec_with(egress: &str, lines: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    let [contoso, fabrikam, tailspin] = ["contoso", "fabrikam", "tailspin"].map(registry_id);
    let spec = format!(
        "version: 1\nsubnets:\n  build: {{id: {subnet}{egress}}}\nregistries:\n  - id: {contoso}\n    subnets: [build]\n  - id: \
         {fabrikam}\n    subnets: [build]\n{lines}  - id: {tailspin}\n    ipRules: [203.0.113.7]\n"
    );
    let scenario = Scenario::new(&spec, &[]);
    seed(&scenario, &["203.0.113.50"]);
    scenario
}

/// Seeds the sandbox, where fabrikam has these addresses.
fn seed(scenario: &Scenario, ips: &[&str]) {
    scenario.seed(&[
        denying("contoso", &["203.0.113.50"], false),
        denying("fabrikam", ips, false),
        denying("tailspin", &["203.0.113.50"], false),
        vnet_body(&[subnet_id("hub", "build")]),
    ]);
}

const PARTIAL: [&str; 5] = ["apply", "--plan", "plan.json", "--partial", "--yes"];

/// Checks that only the registry that shares nothing was written.
fn endpoint_stays_off(scenario: &Scenario, words: &[&str], code: i32) {
    let run = scenario.run(words);
    expect(&run, code, &[]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told =
        "subnet hub/build, and `fabrikam`, which is not written, would lose the clients of the subnet";
    assert!(text.contains(told), "{text}");
    assert_eq!((count(scenario, "PUT"), count(scenario, "PATCH")), (0, 1));
}

#[test]
fn endpoint_stays_off_if_a_registry_is_stale() {
    let scenario = planned();
    seed(&scenario, &["203.0.113.50", "9.9.9.9"]);
    endpoint_stays_off(&scenario, &PARTIAL, 4);
}

#[test]
fn endpoint_stays_off_if_a_registry_cannot_be_read() {
    let scenario = planned();
    let refused = json!({"fault": 403, "code": "AuthorizationFailed"});
    let faults = json!([fault("GET", "/registries/fabrikam", refused)]);
    scenario.write("faults.json", &faults.to_string());
    let words = [&PARTIAL[..], &["--faults", "faults.json"]].concat();
    endpoint_stays_off(&scenario, &words, 4);
}

#[test]
fn endpoint_goes_on_if_the_whole_plan_holds() {
    let scenario = planned();
    expect(&scenario.run(&PARTIAL), 0, &["3 of 3 registries verified"]);
}

/// The registry is read a second time right before the first write.
#[test]
fn endpoint_stays_off_if_the_second_read_fails() {
    let scenario = planned();
    let refused = json!({"fault": 403, "code": "AuthorizationFailed"});
    let mut second = fault("GET", "/registries/fabrikam", refused);
    second["match"]["nth"] = json!([2, 3, 4]);
    scenario.write("faults.json", &json!([second]).to_string());
    let words = ["apply", "spec.yaml", "--yes", "--faults", "faults.json"];
    endpoint_stays_off(&scenario, &words, 4);
}

/// Applies the spec with a fault, and checks whom the report of a registry names as shut out: by `shutOut`, `mayBeShutOut` or
/// neither.
fn shuts_out(scenario: &Scenario, faults: &Value, registry: &str, key: Option<&str>) {
    scenario.write("faults.json", &faults.to_string());
    let words = ["apply", "spec.yaml", "--yes", "--faults", "faults.json"];
    let run = scenario.run(&[&words[..], &["-o", "text", "-o", "json=report.json"]].concat());
    expect(&run, 4, &[]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for (told, words) in [
        (
            "shutOut",
            "clients of subnet hub/build that got in by an IP rule are shut out now",
        ),
        ("mayBeShutOut", "clients of subnet hub/build may be shut out now"),
    ] {
        assert_eq!(text.contains(words), key == Some(told), "{key:?} {text}");
    }
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let mut registries = report["registries"].as_array().unwrap().iter();
    let is_meant = |report: &&Value| report["id"].as_str().unwrap().ends_with(registry);
    let registry = registries.find(is_meant).unwrap();
    let named = json!([subnet_id("hub", "build").to_string()]);
    for told in ["shutOut", "mayBeShutOut"] {
        let expected = (key == Some(told)).then_some(&named);
        assert_eq!(registry.get(told), expected, "{key:?} {registry}");
    }
}

/// The endpoint is on by then, so the IP rule of fabrikam matches the clients no more.
#[test]
fn clients_that_a_failed_write_shuts_out_are_told() {
    let refused = json!({"fault": 403, "code": "AuthorizationFailed"});
    for (method, path, egress, ips, key) in [
        (
            "PATCH",
            "/registries/fabrikam",
            EGRESS,
            &["203.0.113.50"][..],
            Some("shutOut"),
        ),
        // It is not known if the rule admitted them.
        (
            "PATCH",
            "/registries/fabrikam",
            "",
            &["203.0.113.50"],
            Some("mayBeShutOut"),
        ),
        // No IP rule admits anyone, so no one is shut out.
        ("PATCH", "/registries/fabrikam", EGRESS, &[], None),
        // The endpoint stays off.
        ("PUT", "/subnets/build", EGRESS, &["203.0.113.50"], None),
    ] {
        let scenario = spec_with(egress, "");
        seed(&scenario, ips);
        let faults = json!([fault(method, path, refused.clone())]);
        shuts_out(&scenario, &faults, "fabrikam", key);
    }
}

/// The registry that is refused counts on the endpoint no less than one whose write fails.
#[test]
fn clients_of_a_refused_registry_are_told() {
    let scenario = spec_with(EGRESS, "    serviceEndpoints: assume\n");
    shuts_out(&scenario, &json!([]), "fabrikam", Some("shutOut"));
}

/// The answer to the PATCH is lost, and no read tells what came of it.
#[test]
fn clients_that_an_open_patch_may_shut_out_are_told() {
    let unread = json!({"fault": 403, "code": "AuthorizationFailed"});
    let faults = json!([
        fault("PATCH", "/registries/fabrikam", json!({"fault": "reset-after"})),
        nth(fault("GET", "/registries/fabrikam", unread), &[5, 6, 7, 8, 9]),
    ]);
    shuts_out(&planned(), &faults, "fabrikam", Some("mayBeShutOut"));
}

/// Azure may have turned the endpoint on: the answer does not tell.
#[test]
fn clients_that_an_open_write_may_shut_out_are_told() {
    let scenario = planned();
    let lie = json!({"fault": 403, "code": "AuthorizationFailed", "processed": true});
    scenario.write(
        "faults.json",
        &json!([fault("PUT", "/subnets/build", lie)]).to_string(),
    );
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--only",
        "contoso",
        "--faults",
        "faults.json",
    ];
    let run = scenario.run(&[&words[..], &["-o", "text", "-o", "json=report.json"]].concat());
    expect(&run, 4, &[]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "clients of subnet hub/build may be shut out now";
    assert!(text.contains(told), "{text}");
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let contoso = &report["registries"][0];
    let subnet = subnet_id("hub", "build");
    assert_eq!(contoso["mayBeShutOut"], json!([subnet.to_string()]));
    assert_eq!(contoso.get("shutOut"), None);
}

/// The plan leaves fabrikam as it is, because its rule was there.
#[test]
fn endpoint_stays_off_if_a_registry_without_changes_has_changed() {
    for (words, code, patches) in [
        (&PARTIAL[..], 4, 1),
        (&["apply", "--plan", "plan.json", "--yes"], 3, 0),
    ] {
        let scenario = planned();
        let listing = [
            denying("contoso", &["203.0.113.50"], false),
            denying("fabrikam", &["203.0.113.50"], true),
            denying("tailspin", &["203.0.113.50"], false),
            vnet_body(&[subnet_id("hub", "build")]),
        ];
        scenario.seed(&listing);
        let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
        expect(&scenario.run(&plan), 0, &[]);
        seed(&scenario, &["203.0.113.50"]);
        expect(&scenario.run(words), code, &["stale-plan"]);
        assert_eq!((count(&scenario, "PUT"), count(&scenario, "PATCH")), (0, patches));
    }
}
