//! Saved plans: apply writes exactly the reviewed plan, or nothing.

use serde_json::{Value, json};

use super::apply_run::{
    DENY, contoso, count, denying, expect, fault, ips, only_read, patch, ready_vnet, two, with_subnet,
};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// A scenario whose plan is in `plan.json`.
pub(crate) fn planned(lines: &str) -> (Scenario, Value) {
    let scenario = contoso(lines);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    let plan = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    (scenario, plan)
}

/// Asserts that applying `plan.json` exits with this code and these words, and sends no write.
pub(crate) fn refused(scenario: &Scenario, words: &[&str], code: i32, says: &[&str]) {
    let before = scenario.read("state.json");
    let run = scenario.run(&[&["apply", "--yes"], words].concat());
    expect(&run, code, says);
    only_read(scenario);
    assert_eq!(scenario.read("state.json"), before);
}

/// The checksum of another plan.
const OTHER_CHECKSUM: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn saved_plan_is_applied_as_saved() {
    let (scenario, plan) = planned(DENY);
    std::fs::remove_file(scenario.path("spec.yaml")).unwrap();
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"]);
    expect(&run, 0, &["203.0.113.7"]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["plan"], plan["checksum"]);
    assert_eq!(count(&scenario, "PATCH"), 1);
    scenario.write("spec.yaml", &spec_of(DENY));
    expect(
        &scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]),
        0,
        &["No changes"],
    );
}

#[test]
fn saved_plan_still_asks_for_confirmation() {
    let (scenario, _) = planned(DENY);
    expect(&scenario.run(&["apply", "--plan", "plan.json"]), 3, &["--yes"]);
    only_read(&scenario);
}

#[test]
fn truncated_plan_is_refused() {
    let (scenario, _) = planned(DENY);
    let text = scenario.read("plan.json");
    for end in [0, 1, text.len() / 2, text.trim_end().len() - 1] {
        scenario.write("plan.json", &text[..end]);
        refused(
            &scenario,
            &["--plan", "plan.json"],
            3,
            &["`plan.json` cannot be applied", "not a whole JSON document"],
        );
    }
}

#[test]
fn plan_with_any_edited_field_is_refused() {
    let (scenario, plan) =
        planned("    defaultAction: Deny\n    ipRules: [203.0.113.7]\n    trustedServices: false\n");
    let edits = [
        ("/specs/0", json!("other.yaml")),
        ("/registries/0/id", json!(registry_id("fabrikam"))),
        ("/registries/0/changes/0/after", json!("Allow")),
        ("/registries/0/changes/1/add/0/value", json!("0.0.0.0/0")),
        ("/registries/0/changes/1/add", json!([])),
        ("/registries/0/changes", json!([])),
        ("/registries/0/steps", json!([])),
        ("/registries/0/mode/after", json!("open")),
        ("/registries/0/access/closed", json!(0)),
        ("/registries/0/basis/ipRules", json!(["198.51.100.1"])),
        ("/registries/0/basis/defaultAction", Value::Null),
        ("/registries/0/managed", json!([])),
        ("/registries/0/ownership", json!("additive")),
        ("/registries/0/ignore", json!(["8.8.8.8"])),
        (
            "/registries/0/refusals",
            json!([{"code": "sku", "message": "no"}]),
        ),
        ("/summary/changed", json!(0)),
        ("/checksum", json!(OTHER_CHECKSUM)),
    ];
    for (at, value) in edits {
        let mut edited = plan.clone();
        *edited
            .pointer_mut(at)
            .unwrap_or_else(|| panic!("no {at} in {plan:#}")) = value;
        scenario.write("plan.json", &edited.to_string());
        refused(&scenario, &["--plan", "plan.json"], 3, &["it was edited"]);
    }
    // The checksum does not cover the time.
    let mut later = plan;
    later["created"] = json!("2031-01-01T00:00:00Z");
    scenario.write("plan.json", &later.to_string());
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
}

#[test]
fn file_that_is_not_a_plan_is_refused() {
    let (scenario, plan) = planned(DENY);
    let mut next = plan.clone();
    next["format"] = json!("ringfence.plan/2");
    let mut part = plan;
    part.as_object_mut().unwrap().remove("registries");
    for (file, says) in [
        (next, "it is `ringfence.plan/2`, not `ringfence.plan/1`"),
        (part, "it is not a plan"),
        (
            json!([]),
            "it lacks `format`, which a plan has: `ringfence.plan/1`",
        ),
    ] {
        scenario.write("plan.json", &file.to_string());
        refused(&scenario, &["--plan", "plan.json"], 3, &[says]);
    }
}

#[test]
fn plan_of_registries_outside_the_spec_is_refused() {
    let (scenario, _) = planned(DENY);
    scenario.write("spec.yaml", &two(DENY));
    for rebase in [&["--rebase"][..], &[]] {
        let words = [&["spec.yaml", "--plan", "plan.json"], rebase].concat();
        refused(&scenario, &words, 3, &["other registries"]);
    }
}

#[test]
fn saved_refusal_is_refused_at_apply() {
    let scenario = contoso("    defaultAction: Deny\n    ipRules: []\n");
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        3,
        &["last-rule"],
    );
    refused(&scenario, &["--plan", "plan.json"], 3, &["last-rule"]);
    let run = scenario.run(&[
        "plan",
        "spec.yaml",
        "-o",
        "json=plan.json",
        "--override",
        "last-rule",
    ]);
    expect(&run, 0, &[]);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
}

/// A guard stops the run before it reads anything.
#[test]
fn registry_behind_a_saved_refusal_is_not_verified() {
    let [contoso, fabrikam] = ["contoso", "fabrikam"].map(registry_id);
    let spec = format!(
        "version: 1\nregistries:\n  - id: {contoso}\n    defaultAction: Deny\n    ipRules: []\n  - id: {fabrikam}\n{DENY}"
    );
    let as_wanted = denying("fabrikam", &["203.0.113.7"], false);
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), as_wanted]);
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 3, &["last-rule"]);
    let apply = ["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&apply), 3, &["last-rule"]);
    assert_eq!(scenario.requests(), []);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["verified"], 0);
}

/// `apply --plan` does not accept the flag that overrides the guard, so the message does not name it.
#[test]
fn saved_refusal_asks_for_a_new_plan() {
    let scenario = contoso("    defaultAction: Deny\n    ipRules: []\n");
    let words = [
        "plan",
        "spec.yaml",
        "--fail-on",
        "narrows",
        "-o",
        "json=plan.json",
    ];
    expect(&scenario.run(&words), 3, &[]);
    for words in [
        &["--plan", "plan.json"][..],
        &["spec.yaml", "--plan", "plan.json", "--rebase"],
    ] {
        let says = [
            "to go on: plan again with --override last-rule",
            "help: ringfence plan SPEC --override last-rule -o json=FILE, with the other flags of this plan, have that reviewed, then ringfence apply --plan \
             FILE",
            "to go on: plan again and leave out --fail-on narrows",
        ];
        refused(&scenario, words, 3, &says);
        let with = [words, &["--override", "last-rule"]].concat();
        refused(
            &scenario,
            &with,
            64,
            &["ringfence", "--override GUARD -o json=FILE"],
        );
    }
}

/// The checksum does not cover a plan's time, so a plan made later with the same content has the same checksum.
#[test]
fn report_has_the_runs_time_and_a_plan_needs_one() {
    let (scenario, mut plan) = planned(DENY);
    for created in [
        "",
        "9".repeat(400).as_str(),
        "2020-\u{1b}[31m\n::error::x",
        "yesterday",
    ] {
        plan["created"] = json!(created);
        scenario.write("plan.json", &plan.to_string());
        refused(
            &scenario,
            &["--plan", "plan.json"],
            3,
            &["`plan.json` cannot be applied", "its `created` is not a time"],
        );
    }
    plan["created"] = json!("2020-01-01T00:00:00Z");
    scenario.write("plan.json", &plan.to_string());
    let words = ["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&words), 0, &[]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let name = report["registries"][0]["undo"]["snapshot"].as_str().unwrap();
    let kept: Value = serde_json::from_str(&scenario.read(name)).unwrap();
    for created in [&report["created"], &kept["created"]] {
        let created = created.as_str().unwrap();
        assert_ne!(created, "2020-01-01T00:00:00Z");
        let digits: String = created.chars().filter(char::is_ascii_alphanumeric).collect();
        assert!(name.contains(&digits), "{name}");
    }
}

/// Under additive ownership others may write the lists at any time. Our undo must keep their rules.
#[test]
fn additive_plan_and_undo_tolerate_new_foreign_rules() {
    let (scenario, _) = planned("    ipRules: [203.0.113.7]\n    ownership: additive\n");
    let mut registry = denying("contoso", &["198.51.100.1"], false);
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    scenario.seed(&[registry]);
    let words = ["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"];
    expect(&scenario.run(&words), 0, &[]);
    assert_eq!(ips(&scenario), ["198.51.100.1", "203.0.113.7"]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let snapshot = report["registries"][0]["undo"]["snapshot"].as_str().unwrap();
    // Another writer adds a rule after the snapshot.
    let mut registry = scenario.resource("contoso");
    let rules = &mut registry["properties"]["networkRuleSet"]["ipRules"];
    let theirs = json!({"action": "Allow", "value": "198.51.100.77"});
    rules.as_array_mut().unwrap().push(theirs);
    scenario.seed(&[registry]);
    let run = scenario.run(&["restore", "--from", snapshot, "--yes"]);
    expect(&run, 0, &[]);
    assert_eq!(ips(&scenario), ["198.51.100.1", "198.51.100.77"]);
}

#[test]
fn checksum_binds_apply_without_a_file() {
    let (scenario, plan) = planned(DENY);
    let sum = plan["checksum"].as_str().unwrap();
    refused(
        &scenario,
        &["spec.yaml", "--checksum", OTHER_CHECKSUM],
        3,
        &["the checksum of this plan is", sum],
    );
    expect(
        &scenario.run(&["apply", "spec.yaml", "--checksum", sum, "--yes"]),
        0,
        &[],
    );
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
    refused(
        &scenario,
        &["spec.yaml", "--checksum", sum],
        3,
        &["the checksum of this plan is"],
    );
}

/// The checksum covers the guards and flags of a plan.
#[test]
fn checksum_mismatch_names_the_differing_flags() {
    let (scenario, plan) = planned(DENY);
    let sum = plan["checksum"].as_str().unwrap();
    let words = ["spec.yaml", "--checksum", sum, "--protect", "203.0.113.7"];
    refused(
        &scenario,
        &[&words[..], &["--fail-on", "widens"]].concat(),
        3,
        &[
            "of the same plan without --fail-on and --protect",
            "give --fail-on and --protect to both `plan` and `apply`",
        ],
    );
    let run = scenario.run(&["plan", "spec.yaml", "--protect", "203.0.113.7", "-o", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let sum = plan["checksum"].as_str().unwrap();
    refused(
        &scenario,
        &["spec.yaml", "--checksum", sum],
        3,
        &[
            "the checksum of this plan is",
            "that --only, --except and --shard choose",
            "--only-change, --override, --fail-on, --protect",
        ],
    );
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--checksum",
        sum,
        "--protect",
        "203.0.113.7",
    ];
    expect(&scenario.run(&words), 0, &[]);
}

#[test]
fn unattended_run_prints_changes_that_need_a_second_look() {
    let lines =
        "    publicNetworkAccess: Disabled\n    dataEndpoint: true\n    trustedServices: false\n";
    for (lines, says) in [
        (
            DENY,
            "stdin is not a terminal (the plan changes the default action)",
        ),
        (lines, "(the plan changes public access and the data endpoint)"),
        (
            "    trustedServices: false\n",
            "cannot ask before writing: stdin is not a terminal\n",
        ),
    ] {
        let scenario = contoso(lines);
        let run = scenario.run(&["apply", "spec.yaml", "-o", "json"]);
        expect(&run, 3, &[says]);
        let error: Value = serde_json::from_str(&run.stdout).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(says.trim_end()), "{message}");
    }
}

#[test]
fn contradicting_flags_are_a_usage_error() {
    let (scenario, _) = planned(DENY);
    for words in [
        &["--plan", "plan.json", "--checksum", OTHER_CHECKSUM][..],
        &["--plan", "plan.json", "--rebase"],
        &["spec.yaml", "--rebase"],
        &["--plan", "plan.json", "--as-of", "2027-01-01"],
        &[],
    ] {
        refused(&scenario, words, 64, &[]);
    }
}

#[test]
fn json_report_has_the_refusal_code() {
    let (scenario, _) = planned(DENY);
    for (words, code) in [
        (&["--plan", "spec.yaml"][..], "unusable-plan"),
        (&["spec.yaml", "--checksum", OTHER_CHECKSUM], "stale-plan"),
    ] {
        let run = scenario.run(&[&["apply", "--yes", "-o", "json"], words].concat());
        expect(&run, 3, &[]);
        let error: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(error["error"]["code"], code);
    }
}

#[test]
fn missing_plan_file_is_an_error() {
    let (scenario, _) = planned(DENY);
    refused(&scenario, &["--plan", "nowhere.json"], 1, &["nowhere.json"]);
    refused(&scenario, &["--plan", "."], 1, &["not a regular file"]);
}

/// A plan of two registries, of which `fabrikam` changes after the review.
fn half_stale() -> Scenario {
    let (contoso, fabrikam) = (premium_registry("contoso"), premium_registry("fabrikam"));
    let scenario = Scenario::new(&two(DENY), &[contoso.clone(), fabrikam]);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.seed(&[contoso, denying("fabrikam", &["198.51.100.1"], false)]);
    scenario
}

#[test]
fn saved_plan_with_one_stale_registry_writes_nothing() {
    let scenario = half_stale();
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    expect(
        &run,
        3,
        &["stale-plan", "does not hold on `fabrikam`", "Nothing was written"],
    );
    only_read(&scenario);
    assert!(!scenario.path(".ringfence").exists());
}

#[test]
fn all_registries_that_stop_a_saved_plan_are_named() {
    let names: Vec<String> = (0..8).map(|n| format!("contoso{n}")).collect();
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in &names {
        spec += &format!("  - id: {}\n{DENY}", registry_id(name));
    }
    let fresh: Vec<Value> = names.iter().map(|name| premium_registry(name)).collect();
    let scenario = Scenario::new(&spec, &fresh);
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 0, &[]);
    // The first stays, the second is gone, and all others have changed.
    let changed = names[2..]
        .iter()
        .map(|name| denying(name, &["198.51.100.1"], false));
    let live: Vec<Value> = fresh[..1].iter().cloned().chain(changed).collect();
    scenario.seed(&live);
    let words = [
        "the plan does not hold on `contoso2`, `contoso3`, `contoso4`, `contoso5`, `contoso6`, 1 more, `contoso1` could not \
                  be read again, and --partial is not given",
    ];
    expect(
        &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
        1,
        &words,
    );
    only_read(&scenario);
}

#[test]
fn partial_writes_the_other_registries_of_a_stale_plan() {
    let scenario = half_stale();
    let run = scenario.run(&["apply", "--plan", "plan.json", "--partial", "--yes"]);
    expect(&run, 4, &["stale-plan"]);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
}

/// A subnet may lose its endpoint between plan and apply. Azure would refuse its rule after other registries were written.
#[test]
fn saved_plan_is_stale_once_an_endpoint_is_off() {
    let subnet = subnet_id("hub", "build");
    let spec = two(DENY).replacen("    ipRules", &format!("    subnets: [{subnet}]\n    ipRules"), 1);
    let registries = [premium_registry("contoso"), premium_registry("fabrikam")];
    let scenario = Scenario::new(&spec, &[&registries[..], &[ready_vnet()]].concat());
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.seed(&[&registries[..], &[vnet_body(&[subnet])]].concat());
    let words = [
        "the plan is stale: the service endpoint of `hub/build` was on and is off",
        "does not hold on `contoso`, and --partial",
    ];
    expect(
        &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
        3,
        &words,
    );
    only_read(&scenario);
}

/// The plan of [`two`] registries, the first with a subnet, of which the second could not be written.
fn half_applied() -> Scenario {
    let subnet = subnet_id("hub", "build");
    let spec = two(DENY).replacen("    ipRules", &format!("    subnets: [{subnet}]\n    ipRules"), 1);
    let scenario = Scenario::new(
        &spec,
        &[
            premium_registry("contoso"),
            premium_registry("fabrikam"),
            vnet_body(&[subnet]),
        ],
    );
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    let refused = fault("PATCH", "/registries/fabrikam", json!({"fault": 403}));
    scenario.write("faults.json", &json!([refused]).to_string());
    let words = ["apply", "--plan", "plan.json", "--yes", "--faults", "faults.json"];
    expect(&scenario.run(&words), 4, &["run the same command again"]);
    scenario
}

#[test]
fn saved_plan_that_failed_half_way_is_finished_by_the_same_command() {
    for words in [
        &["apply", "--plan", "plan.json", "--yes"][..],
        &["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"],
    ] {
        let scenario = half_applied();
        expect(&scenario.run(words), 0, &["2 of 2 registries verified"]);
        assert_eq!((count(&scenario, "PATCH"), count(&scenario, "PUT")), (1, 0));
        let fabrikam = scenario.resource("fabrikam");
        assert_eq!(fabrikam["properties"]["networkRuleSet"]["defaultAction"], "Deny");
    }
}

/// The endpoint is on and the PATCH was refused.
#[test]
fn saved_plan_whose_endpoint_is_on_is_finished_by_the_same_command() {
    let scenario = with_subnet(DENY);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.write("faults.json", &json!([patch(json!({"fault": 403}))]).to_string());
    let words = ["apply", "--plan", "plan.json", "--yes"];
    let failing = [&words[..], &["--faults", "faults.json"]].concat();
    expect(&scenario.run(&failing), 4, &[]);
    let rebase = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    expect(
        &scenario.run(&[&rebase[..], &["--faults", "faults.json"]].concat()),
        1,
        &[],
    );
    expect(&scenario.run(&words), 0, &["1 of 1 registry verified"]);
    expect(&scenario.run(&words), 0, &["was as planned already"]);
    expect(&scenario.run(&rebase), 0, &["Nothing to do"]);
}

/// What cannot be read may be stale.
#[test]
fn saved_plan_with_one_unreadable_registry_writes_nothing() {
    let scenario = Scenario::new(
        &two(DENY),
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.seed(&[premium_registry("contoso")]);
    expect(
        &scenario.run(&["apply", "--plan", "plan.json", "--yes"]),
        1,
        &["ResourceNotFound"],
    );
    only_read(&scenario);
}

/// A spec of two registries, with a named network for the first one.
fn one_expires(day: &str, first: &str) -> String {
    let id = registry_id;
    format!(
        "version: 1\nnetworks: {{vendor: {{cidrs: [203.0.113.9], expires: {day}}}}}\nregistries:\n  \
         - {{id: {}, {first}}}\n  - {{id: {}, defaultAction: Deny, ipRules: [203.0.113.7]}}\n",
        id("contoso"),
        id("fabrikam")
    )
}

#[test]
fn rule_that_expires_after_the_plan_stops_its_registry_only() {
    let spec = one_expires("2026-02-01", "ipRules: [vendor, 203.0.113.8]");
    let scenario = Scenario::new(
        &spec,
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    let plan = [
        "plan",
        "spec.yaml",
        "--as-of",
        "2026-01-31",
        "-o",
        "json=plan.json",
    ];
    expect(&scenario.run(&plan), 0, &["203.0.113.9"]);
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    expect(
        &run,
        4,
        &[
            "`203.0.113.9` expired on 2026-02-01, after the plan was made",
            "plan again",
        ],
    );
    assert_eq!(count(&scenario, "PATCH"), 1);
    assert_eq!(ips(&scenario), Vec::<String>::new());
}

#[test]
fn guard_broken_by_an_expired_entry_stops_its_registry_only() {
    for (first, code) in [
        (
            "ipRules: [vendor, 203.0.113.8], defaultAction: Deny, expect: {allow: [203.0.113.9]}",
            "expect",
        ),
        ("ipRules: [vendor], defaultAction: Deny", "last-rule"),
    ] {
        let spec = one_expires("2026-02-01", first);
        let live = denying("contoso", &["203.0.113.9"], false);
        let scenario = Scenario::new(&spec, &[live, premium_registry("fabrikam")]);
        let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
        expect(&run, 4, &[code, "only an entry that has expired causes this"]);
        assert_eq!(count(&scenario, "PATCH"), 1);
        assert_eq!(ips(&scenario), ["203.0.113.9"]);
        let run = scenario.run(&["apply", "spec.yaml", "--yes", "--override", code]);
        expect(&run, 0, &[]);
    }
    // Without the calendar, a broken guard stops all registries.
    let first = "ipRules: [], defaultAction: Deny";
    let live = denying("contoso", &["203.0.113.9"], false);
    let scenario = Scenario::new(
        &one_expires("2099-01-01", first),
        &[live, premium_registry("fabrikam")],
    );
    expect(&scenario.run(&["apply", "spec.yaml", "--yes"]), 3, &["last-rule"]);
    only_read(&scenario);
}
