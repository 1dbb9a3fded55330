//! Named cases of `expect`, as `validate`, `plan` and `audit` say them.

use serde_json::Value;

use crate::azure_bodies::premium_registry;
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

/// A registry with Azure's defaults, and a spec with these cases.
fn scenario(lines: &str, cases: &str) -> Scenario {
    let spec = spec_of(&format!("{lines}    expect:\n{cases}"));
    Scenario::new(&spec, &[premium_registry("contoso")])
}

fn shown(run: &Run, code: i32) -> String {
    let text = [run.stdout.as_str(), &run.stderr].concat();
    assert_eq!(run.code, code, "{text}");
    // Lines break where the terminal of the test ends.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn validate_names_the_case_that_cannot_hold() {
    let cases = "      - {name: CI gets in, allow: [192.0.2.7], reason: SEC-142}\n      - {name: closed, deny: [203.0.113.9]}\n";
    let scenario = scenario(
        "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    ipRules: [203.0.113.0/24]\n",
        cases,
    );
    let text = shown(&scenario.run_plain(&["validate", "spec.yaml"]), 65);
    let allow = "does not get in, but `expect.allow` of the case `CI gets in` (SEC-142) says it must";
    assert!(text.contains(allow), "{text}");
    let deny = "gets in, but `expect.deny` of the case `closed` says it must not";
    assert!(text.contains(deny), "{text}");
}

#[test]
fn plan_and_audit_name_the_case_that_live_state_breaks() {
    let cases = "      - {name: CI gets in, allow: [192.0.2.7]}\n      - {name: the \"internet\" does not, deny: [8.8.8.8], reason: SEC-142}\n";
    let scenario = scenario("    ipRules: [192.0.2.7]\n", cases);
    let text = shown(&scenario.run(&["plan", "spec.yaml"]), 3);
    let key = "`expect.deny` of the case `the \"internet\" does not` (SEC-142)";
    let refused = format!("`8.8.8.8` would get in, but {key} says it must not");
    assert!(text.contains(&refused), "{text}");
    let run = scenario.run(&["audit", "spec.yaml", "-o", "text", "-o", "json=audit.json"]);
    let found = format!("! 8.8.8.8 gets in, but {key} says it must not");
    let text = shown(&run, 2);
    assert!(text.contains(&found), "{text}");
    let audit: Value = serde_json::from_str(&scenario.read("audit.json")).unwrap();
    let findings = audit["findings"].as_array().unwrap();
    let broken = findings
        .iter()
        .find(|finding| finding["code"] == "broken-expectation");
    assert_eq!(broken.unwrap()["case"]["name"], "the \"internet\" does not");
    assert_eq!(broken.unwrap()["case"]["reason"], "SEC-142");
}

#[test]
fn case_needs_a_name_of_its_own() {
    let cases =
        "      - {allow: [192.0.2.7]}\n      - {name: a, allow: [192.0.2.7]}\n      - {name: a}\n";
    let scenario = scenario("    defaultAction: Allow\n", cases);
    let text = shown(&scenario.run_plain(&["validate", "spec.yaml"]), 65);
    for want in [
        "missing key `name` in an entry of `expect`",
        "two cases of `expect` have the name `a`",
    ] {
        assert!(text.contains(want), "{text}");
    }
}
