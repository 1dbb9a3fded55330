//! Lists with several writers (`ownership: additive`): no writer loses a rule.

use serde_json::{Value, json};

use super::apply_run::{apply, count, denying, expect, ips, nth, only_read, patch, rules};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

/// A registry with a foreign rule, and a spec that adds one.
fn shared() -> Scenario {
    Scenario::new(
        &spec_of("    ipRules: [203.0.113.7]\n    ownership: additive\n"),
        &[denying("contoso", &["198.51.100.1"], false)],
    )
}

/// A fault that keeps only these rules of the list that we send.
fn keeps(ips: &[&str]) -> Value {
    let rules: Vec<Value> = ips
        .iter()
        .map(|ip| json!({"action": "Allow", "value": ip}))
        .collect();
    let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
    patch(json!({"fault": "policy-modify", "set": set}))
}

#[test]
fn foreign_rule_lost_by_our_write_is_restored() {
    let scenario = shared();
    apply(&scenario, &json!([nth(keeps(&["203.0.113.7"]), &[1])])).expect(0, &[]);
    assert_eq!(count(&scenario, "PATCH"), 2);
    assert_eq!(ips(&scenario), ["203.0.113.7", "198.51.100.1"]);
}

#[test]
fn foreign_rule_that_cannot_be_restored_is_named() {
    let scenario = shared();
    apply(&scenario, &json!([keeps(&["203.0.113.7"])]))
        .expect(4, &["lost `198.51.100.1`", "undo command restores it"]);
    assert_eq!(count(&scenario, "PATCH"), 8, "the rounds are bounded");
}

#[test]
fn our_dropped_rule_is_retried_then_reported() {
    let scenario = shared();
    apply(&scenario, &json!([nth(keeps(&["198.51.100.1"]), &[1])])).expect(0, &[]);
    assert_eq!(ips(&scenario), ["198.51.100.1", "203.0.113.7"]);

    let scenario = shared();
    apply(&scenario, &json!([keeps(&["198.51.100.1"])])).expect(4, &["lacks `203.0.113.7`"]);
}

/// The plan is stale after the first write, so the report must not say that nothing was written.
#[test]
fn registry_moved_between_attempts_counts_as_written() {
    let scenario = shared();
    let opened =
        json!({"properties": {"publicNetworkAccess": "Disabled", "networkRuleSet": {"ipRules": []}}});
    let moves = nth(patch(json!({"fault": "policy-modify", "set": opened})), &[1]);
    let applied = apply(&scenario, &json!([moves]));
    applied.expect(4, &["stale-plan", "`publicNetworkAccess` changed"]);
    assert_eq!(applied.report["summary"]["written"], true);
    assert_eq!(applied.report["registries"][0]["refusals"], json!([]));
}

#[test]
fn existing_rule_is_not_written_again() {
    let scenario = shared();
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    expect(
        &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
        0,
        &["Apply: 1 added, 0 changed, 0 removed; 1 of 1 registry verified."],
    );
    let words = ["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&words), 0, &[]);
    only_read(&scenario);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["unchanged"], 1);
    assert_eq!(report["summary"]["written"], false);
}

/// Somebody else changes the registry between plan and write. `flip` is the default action then.
fn planned_then(lines: &str, ips: &[&str], flip: &str) -> Scenario {
    let live = ["198.51.100.7", "198.51.100.1"];
    let scenario = Scenario::new(&spec_of(lines), &[denying("contoso", &live, false)]);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    let mut now = denying("contoso", ips, false);
    now["properties"]["networkRuleSet"]["defaultAction"] = json!(flip);
    scenario.seed(&[now]);
    scenario
}

#[test]
fn listed_rule_that_others_removed_makes_the_plan_stale() {
    let lines = "    ipRules: [198.51.100.7, 203.0.113.7]\n    ownership: additive\n";
    let scenario = planned_then(lines, &["198.51.100.1"], "Deny");
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    expect(&run, 3, &["stale-plan", "`networkRuleSet.ipRules` changed"]);
    only_read(&scenario);
    // A rule that the spec does not list is the business of others.
    let scenario = planned_then(lines, &["198.51.100.7"], "Deny");
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
    assert_eq!(ips(&scenario), ["198.51.100.7", "203.0.113.7"]);
}

#[test]
fn flip_of_the_default_action_does_not_stop_a_writer_of_lists() {
    let lines = "    ipRules: [203.0.113.7]\n    ownership: additive\n";
    for (more, code) in [("", 0), ("    defaultAction: Deny\n", 3)] {
        let scenario = planned_then(&format!("{lines}{more}"), &["198.51.100.1"], "Allow");
        expect(
            &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
            code,
            &[],
        );
        assert_eq!(rules(&scenario)["defaultAction"], "Allow", "{more}");
        assert_eq!(ips(&scenario).len(), 2 - usize::from(code == 3), "{more}");
    }
}
