//! Forged plans. Apply derives effects and refusals again from the plan's basis.

use serde_json::{Value, json};

use super::apply_run::{DENY, denying, expect, ips};
use super::saved::{planned, refused};
use crate::access::{registry, says, scenario};
use crate::azure_bodies::{SUBSCRIPTION, subnet_id};
use crate::leases::{OPEN, write_spec};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

/// Returns the plan with these values replaced and a matching checksum.
fn forged(plan: &Value, edits: &[(&str, Value)]) -> String {
    let mut plan = plan.clone();
    for (at, value) in edits {
        *plan.pointer_mut(at).expect(at) = value.clone();
    }
    let mut plan: ringfence::plan::Plan = serde_json::from_value(plan).unwrap();
    let (created, spec) = (std::mem::take(&mut plan.created), std::mem::take(&mut plan.spec));
    plan.checksum.clear();
    plan.checksum = ringfence::plan::checksum(&plan);
    (plan.created, plan.spec) = (created, spec);
    serde_json::to_string(&plan).unwrap()
}

/// Refusals follow from the plan's own basis, changes and limits, so a matching checksum does not hide them.
#[test]
fn plan_with_its_refusals_removed_is_still_refused() {
    let eleven: Vec<String> = (0..11).map(|n| format!("203.0.113.{n}")).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    let rows = [
        ("    ipRules: []\n", "last-rule", &["203.0.113.7"][..], &[][..]),
        (
            "    ipRules: [203.0.113.1, 203.0.113.2]\n",
            "removals",
            &eleven,
            &[],
        ),
        (
            "    ipRules: [8.0.0.0/7, 203.0.113.7]\n",
            "widest-rule",
            &["203.0.113.7"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n",
            "own-address",
            &["203.0.113.7", "9.9.9.9"],
            &["--protect", "9.9.9.9"],
        ),
        (
            "    ipRules: [203.0.113.7, 9.9.9.9]\n",
            "widens",
            &["203.0.113.7"],
            &["--fail-on", "widens"],
        ),
    ];
    for (lines, code, live, flags) in rows {
        let scenario = Scenario::new(&spec_of(lines), &[denying("contoso", live, false)]);
        let words = [&["plan", "spec.yaml", "-o", "json=plan.json"], flags].concat();
        expect(&scenario.run(&words), 3, &[code]);
        let plan = serde_json::from_str(&scenario.read("plan.json")).unwrap();
        let edits = [
            ("/registries/0/refusals", json!([])),
            ("/summary/refusals", json!(0)),
        ];
        scenario.write("plan.json", &forged(&plan, &edits));
        refused(&scenario, &["--plan", "plan.json"], 3, &[code]);
    }
}

#[test]
fn plan_that_understates_its_effect_is_refused() {
    let (scenario, plan) = planned(DENY);
    let subnet = subnet_id("hub", "build");
    let access = "who gains and loses access to";
    let steps = "are not those of its changes";
    let action = plan["registries"][0]["changes"][0].clone();
    let mut back = action.clone();
    back["after"] = json!("Allow");
    let settings = json!(["networkRuleSet.defaultAction", "networkRuleSet.ipRules"]);
    let patch = json!({"action": "patchRegistry", "settings": settings});
    for (at, value, says) in [
        ("mode/after", json!("open"), access),
        ("access/closed", json!(0), access),
        ("access/effect", json!("none"), access),
        ("changes", json!([back, action]), "twice"),
        (
            "changes/0/before",
            json!("Deny"),
            "does not start at what was read",
        ),
        (
            "changes/0/add",
            json!([{"value": "8.8.8.8"}]),
            "its action does not fit",
        ),
        ("changes/0/after", Value::Null, "`null` is none of its values"),
        (
            "changes/1/add/0/value",
            json!("198.51.100.5/0"),
            "`198.51.100.5/0` is not written as plans write rules",
        ),
        ("steps", json!([]), steps),
        ("steps", json!([patch, patch]), steps),
        (
            "steps",
            json!([{"action": "enableServiceEndpoint", "subnet": subnet.as_str()}, patch]),
            steps,
        ),
        (
            "steps",
            json!([{"action": "registerProvider", "subscription": SUBSCRIPTION}, patch]),
            steps,
        ),
    ] {
        let mut forging = plan.clone();
        if at == "changes/0/add" {
            forging["registries"][0]["changes"][0]["add"] = json!([]);
        }
        let at = format!("/registries/0/{at}");
        scenario.write("plan.json", &forged(&forging, &[(&at, value)]));
        refused(
            &scenario,
            &["--plan", "plan.json"],
            3,
            &["it is not a plan", says],
        );
    }
}

#[test]
fn inconsistent_plan_is_refused() {
    let (scenario, plan) = planned(DENY);
    let registry = &plan["registries"][0];
    for (at, value, says) in [
        ("/summary/add", json!(0), "does not add up"),
        ("/registries", json!([registry, registry]), "not each there once"),
    ] {
        scenario.write("plan.json", &forged(&plan, &[(at, value)]));
        refused(
            &scenario,
            &["--plan", "plan.json"],
            3,
            &["it is not a plan", says],
        );
    }
}

/// Under additive ownership a change of the lists does not make a plan stale, but its effect can grow.
#[test]
fn additive_plan_checks_guards_against_the_live_state() {
    let lines = "    ipRules: [{cidr: 203.0.113.7, expires: 2026-01-31}]\n    ownership: additive\n";
    let live = ["203.0.113.7", "198.51.100.1"];
    let scenario = Scenario::new(&spec_of(lines), &[denying("contoso", &live, false)]);
    let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 0, &[]);
    scenario.seed(&[denying("contoso", &live[..1], false)]);
    refused(
        &scenario,
        &["--plan", "plan.json"],
        3,
        &[
            "last-rule",
            "in the current state of the registry",
            "to go on: plan again with --override last-rule",
            "help: ringfence plan SPEC --override last-rule -o json=FILE",
        ],
    );
    let words = [
        "plan",
        "spec.yaml",
        "--override",
        "last-rule",
        "-o",
        "json=plan.json",
    ];
    expect(&scenario.run(&words), 0, &[]);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
    assert!(ips(&scenario).is_empty());
}

/// Parsers disagree on which of two equal keys counts, so a reviewer may see another value than the run.
#[test]
fn duplicate_key_in_a_plan_is_refused_with_its_position() {
    let (scenario, plan) = planned(DENY);
    let text = plan.to_string();
    let twice = text.replacen("\"changes\":", "\"changes\":[],\n\"changes\":", 1);
    scenario.write("plan.json", &twice);
    refused(
        &scenario,
        &["--plan", "plan.json"],
        3,
        &[
            "`plan.json` cannot be applied",
            "the key `changes` is there twice at line 2 column 9",
        ],
    );
    scenario.write("faults.json", "[{\"fault\": 500, \"fault\": 503}]");
    let run = scenario.run(&["plan", "spec.yaml", "--faults", "faults.json"]);
    expect(&run, 1, &["the key `fault` is there twice at line 1 column 23"]);
    scenario.write("state.json", "{\"resources\": [], \"resources\": []}");
    expect(
        &scenario.run(&["plan", "spec.yaml"]),
        1,
        &["line 1, column 29: the key `resources` is there twice"],
    );
}

#[test]
fn saved_plan_does_not_count_on_the_rule_of_a_lease() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    write_spec(&scenario, "    ipRules: []\n");
    let plan = [
        "plan",
        "spec.yaml",
        "--override",
        "removals",
        "-o",
        "json=plan.json",
    ];
    says(&scenario.run(&plan), 3, &["refused[last-rule]"]);
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    let edits = [
        ("/registries/0/refusals", json!([])),
        ("/summary/refusals", json!(0)),
    ];
    scenario.write("plan.json", &forged(&plan, &edits));
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    says(&run, 3, &["refused[last-rule]"]);
}
