//! `--rebase`: a saved plan is made again for a registry that has changed.

use serde_json::{Value, json};

use super::apply_run::{DENY, contoso, count, denying, expect, ips};
use super::saved::{planned, refused};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

#[test]
fn rebase_applies_identical_changes() {
    let (scenario, _) = planned("    ipRules: [203.0.113.7]\n");
    scenario.seed(&[denying("contoso", &[], false)]);
    let words = ["spec.yaml", "--plan", "plan.json"];
    refused(
        &scenario,
        &words,
        3,
        &["stale-plan", "networkRuleSet.defaultAction"],
    );
    let words = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    expect(&scenario.run(&words), 0, &[]);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
}

/// A plan that was made with `--verify-endpoints` verifies endpoints again, without the flag.
#[test]
fn rebase_restores_a_lost_endpoint() {
    let subnet = subnet_id("hub", "build");
    let lines = format!("    ipRules: [203.0.113.7]\n    subnets: [{subnet}]\n");
    let live = [denying("contoso", &["203.0.113.7"], true), vnet_body(&[subnet])];
    let scenario = Scenario::new(&spec_of(&lines), &live);
    let words = ["plan", "spec.yaml", "--verify-endpoints", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 0, &["its service endpoint is turned on"]);
    let words = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    expect(&scenario.run(&words), 0, &["1 of 1 registry verified"]);
    assert_eq!(count(&scenario, "PUT"), 1);
}

#[test]
fn rebase_refuses_different_changes() {
    let (scenario, _) = planned(DENY);
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"]["ipRules"] =
        json!([{"action": "Allow", "value": "198.51.100.1"}]);
    scenario.seed(&[registry]);
    let words = ["spec.yaml", "--plan", "plan.json", "--rebase"];
    refused(
        &scenario,
        &words,
        3,
        &[
            "the changes are no longer those of `plan.json`: contoso",
            "198.51.100.1",
        ],
    );
}

/// A new plan keeps the saved refusals, even if the spec has looser limits by then.
#[test]
fn rebase_keeps_the_saved_refusals_and_guards() {
    let guarded = "    ipRules: [8.0.0.0/7]\n";
    let scenario = contoso(guarded);
    let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 3, &["widest-rule"]);
    let loose = format!("{}guardrails: {{widestRule: /0}}\n", spec_of(guarded));
    scenario.write("spec.yaml", &loose);
    let rebase = ["spec.yaml", "--plan", "plan.json", "--rebase"];
    refused(&scenario, &rebase, 3, &["widest-rule"]);

    scenario.write(
        "spec.yaml",
        &spec_of("    ipRules: [8.0.0.0/7]\n    dataEndpoint: true\n"),
    );
    let words = [
        "plan",
        "spec.yaml",
        "--override",
        "widest-rule",
        "--protect",
        "9.9.9.9",
    ];
    let words = [
        &words[..],
        &["--fail-on", "default-action", "-o", "json=plan.json"],
    ]
    .concat();
    expect(&scenario.run(&words), 0, &[]);
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    let guards = json!({
        "overrides": ["widest-rule"], "failOn": ["default-action"], "protect": ["9.9.9.9"], "probed": false
    });
    assert_eq!(plan["guards"], guards);
    let mut registry = premium_registry("contoso");
    registry["properties"]["adminUserEnabled"] = json!(true);
    scenario.seed(&[registry]);
    let run = scenario.run(&[&["apply", "--yes"], &rebase[..]].concat());
    expect(&run, 0, &["8.0.0.0/7"]);
}

/// The guards were reviewed with the plan. A change since then may break the reviewed guards but not the new ones.
#[test]
fn rebase_refuses_when_the_spec_has_other_guards() {
    let ips = "    ipRules: [203.0.113.7]\n";
    let rows = [
        (
            "guardrails: {maxRemovals: 9, maxRemovalPercent: 90, widestRule: /4}\n",
            "`guardrails.maxRemovals` of `contoso` was 2 and is 9; `guardrails.maxRemovalPercent` of `contoso` was 22 and \
             is 90; `guardrails.widestRule` of `contoso` was \"/16\" and is \"/4\"",
        ),
        (
            "    ownership: additive\n",
            "`ownership` of `contoso` was \"exact\" and is \"additive\"",
        ),
        (
            "    ignore: [8.8.8.8]\n",
            "`ignore` of `contoso` was [] and is [\"8.8.8.8\"]",
        ),
    ];
    let strict = "guardrails: {maxRemovals: 2, maxRemovalPercent: 22, widestRule: /16}\n";
    for (lines, says) in rows {
        let spec = |lines: &str| spec_of(&format!("{ips}{lines}"));
        let (other, same) = match lines.starts_with(' ') {
            true => (spec(&format!("{lines}{strict}")), spec(strict)),
            false => (spec(lines), spec(strict)),
        };
        let scenario = Scenario::new(&same, &[premium_registry("contoso")]);
        let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
        expect(&scenario.run(&words), 0, &[]);
        scenario.seed(&[denying("contoso", &[], false)]);
        scenario.write("spec.yaml", &other);
        let words = ["spec.yaml", "--plan", "plan.json", "--rebase"];
        let says = format!("the spec's terms are no longer those of `plan.json`: {says}");
        refused(&scenario, &words, 3, &[&says]);
        scenario.write("spec.yaml", &same);
        expect(&scenario.run(&[&["apply", "--yes"], &words[..]].concat()), 0, &[]);
    }
}

/// These changes have no effect under `Allow`, but the registry is under `Deny` at the time of the apply.
#[test]
fn rebase_repeats_fail_on_refusals() {
    let rows = [
        (
            "203.0.113.7, 9.9.9.9, 198.51.100.1",
            "--fail-on",
            "widens",
            "widens",
        ),
        ("203.0.113.7", "--fail-on", "narrows", "narrows"),
        ("203.0.113.7", "--protect", "9.9.9.0/24", "own-address"),
    ];
    for (ips, flag, value, code) in rows {
        let live = denying("contoso", &["203.0.113.7", "9.9.9.9"], false);
        let mut open = live.clone();
        open["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
        let scenario = Scenario::new(&spec_of(&format!("    ipRules: [{ips}]\n")), &[open]);
        let words = ["plan", "spec.yaml", flag, value, "-o", "json=plan.json"];
        expect(&scenario.run(&words), 0, &[]);
        scenario.seed(&[live]);
        let words = ["spec.yaml", "--plan", "plan.json", "--rebase"];
        refused(&scenario, &words, 3, &[&format!("refused[{code}]")]);
    }
}

#[test]
fn rebase_distinguishes_registries_of_two_groups() {
    let other = registry_id("contoso2").replace("/rg/", "/other/");
    let spec = format!("{}  - id: {other}\n{DENY}", spec_of(DENY));
    let mut twin = premium_registry("contoso2");
    twin["id"] = json!(other);
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), twin.clone()]);
    let words = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&words), 0, &[]);
    let mut changed = premium_registry("contoso");
    for registry in [&mut changed, &mut twin] {
        registry["properties"]["networkRuleSet"]["ipRules"] =
            json!([{"action": "Allow", "value": "198.51.100.1"}]);
    }
    scenario.seed(&[changed, twin]);
    let words = ["spec.yaml", "--plan", "plan.json", "--rebase"];
    refused(&scenario, &words, 3, &["`plan.json`: contoso2, contoso"]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    expect(&run, 0, &[]);
    let runs = std::fs::read_dir(scenario.records()).unwrap();
    let mut runs = runs.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    let run = runs.next().expect("a folder of the run").unwrap();
    let kept = std::fs::read_dir(run.path()).unwrap();
    assert_eq!(kept.count(), 2, "a snapshot each");
}
