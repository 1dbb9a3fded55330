//! A saved plan whose registries count on one service endpoint, and of which one is not written after all.

use serde_json::{Value, json};

use super::apply_run::{count, denying, expect, fault};
use crate::azure_bodies::{registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::virtual_network::vnet_body;

/// The plan of two registries that want a subnet whose endpoint is off, and of a third one that wants an address.
fn planned() -> Scenario {
    let subnet = subnet_id("hub", "build");
    let [contoso, fabrikam, tailspin] = ["contoso", "fabrikam", "tailspin"].map(registry_id);
    let spec = format!(
        "version: 1\nregistries:\n  - id: {contoso}\n    subnets: [{subnet}]\n  - id: {fabrikam}\n    subnets: [{subnet}]\n  - \
         id: {tailspin}\n    ipRules: [203.0.113.7]\n"
    );
    let scenario = Scenario::new(&spec, &[]);
    seed(&scenario, &["203.0.113.50"]);
    let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 0, &[]);
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

/// The endpoint is on by then, so the IP rule of fabrikam matches the clients no more.
#[test]
fn clients_that_a_failed_write_shuts_out_are_told() {
    let subnet = subnet_id("hub", "build");
    let told = "clients of subnet hub/build that got in by an IP rule are shut out now";
    for (path, ips, code, shut_out) in [
        ("/registries/fabrikam", &["203.0.113.50"][..], 4, true),
        // No IP rule admits anyone, so no one is shut out.
        ("/registries/fabrikam", &[], 4, false),
        // The endpoint stays off.
        ("/subnets/build", &["203.0.113.50"], 4, false),
    ] {
        let scenario = planned();
        seed(&scenario, ips);
        let method = if path.starts_with("/sub") { "PUT" } else { "PATCH" };
        let refused = json!({"fault": 403, "code": "AuthorizationFailed"});
        scenario.write("faults.json", &json!([fault(method, path, refused)]).to_string());
        let words = [
            "apply",
            "spec.yaml",
            "--yes",
            "--faults",
            "faults.json",
            "-o",
            "json=report.json",
        ];
        let run = scenario.run(&words);
        expect(&run, code, &[]);
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains(told), shut_out, "{path} {ips:?} {text}");
        let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
        let expected = shut_out.then(|| json!([subnet.to_string()]));
        assert_eq!(report["registries"][1].get("shutOut"), expected.as_ref());
    }
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
    let told = "clients of subnet hub/build that got in by an IP rule may be shut out now";
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
