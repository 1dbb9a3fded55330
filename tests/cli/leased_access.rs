//! Public access that a lease has enabled, and leases that are opened while a plan waits, through the built binary.

use serde_json::{Value, json};

use crate::access::{OTHER, OWN, registry, says, scenario, state, writes};
use crate::leases::{OPEN, write_spec};
use crate::ringfence_binary::Scenario;

/// A time at which no lease has expired, and one at which each has.
pub(crate) const LATER: &str = "2999-01-01T00:00:00Z";
pub(crate) const PAST: &str = "2020-01-01T00:00:00Z";

/// A private registry that a lease has opened. `was` is the default action before.
pub(crate) fn opened(was: &str, until: &str) -> Scenario {
    let mut open = registry("Enabled", "Deny");
    open["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": OWN}]);
    open["tags"] = json!({"ringfence-lease-job": format!("until={until} ip={OWN} was=Disabled/{was}")});
    scenario(&open)
}

/// Public access and the default action.
fn access(scenario: &Scenario) -> [Value; 2] {
    let registry = &scenario.resource("contoso")["properties"];
    [
        registry["publicNetworkAccess"].clone(),
        registry["networkRuleSet"]["defaultAction"].clone(),
    ]
}

const CLOSE: [&str; 4] = ["close", "contoso", "--lease", "job"];

#[test]
fn access_that_a_lease_holds_is_left_alone() {
    let (allow, disabled) = (
        "    defaultAction: Allow\n",
        "    publicNetworkAccess: Disabled\n",
    );
    let rows = [
        (
            allow.to_owned(),
            "`defaultAction` stays `Deny`",
            "1 rule or setting of a lease",
        ),
        (
            disabled.to_owned(),
            "`publicNetworkAccess` stays `Enabled`",
            "1 rule or setting of a lease",
        ),
        (
            format!("{disabled}{allow}"),
            "`defaultAction` stays `Deny`",
            "2 rules and settings of leases",
        ),
    ];
    for (lines, note, left) in rows {
        let scenario = opened("Allow", LATER);
        let before = state(&scenario);
        write_spec(&scenario, &lines);
        let told = [note, "while public access is open by the lease job", "No changes"];
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &told);
        says(&scenario.run(&["audit", "spec.yaml"]), 0, &[left]);
        says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
        assert_eq!(state(&scenario), before, "{lines}");
        says(&scenario.run(&CLOSE), 0, &["closed"]);
        assert_eq!(access(&scenario), ["Disabled", "Allow"], "{lines}");
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    }
}

/// The close would bring `Deny` back.
#[test]
fn allow_that_does_not_come_with_the_close_is_refused() {
    let scenario = opened("Deny", LATER);
    write_spec(&scenario, "    defaultAction: Allow\n");
    let apply = ["apply", "spec.yaml", "--yes"];
    let told = ["the lease `job` holds the default action (`Deny` comes back) until"];
    says(&scenario.run(&apply), 3, &told);
    assert_eq!(access(&scenario), ["Enabled", "Deny"]);
    says(&scenario.run(&CLOSE), 0, &[]);
    says(&scenario.run(&apply), 0, &["verified"]);
    assert_eq!(access(&scenario), ["Disabled", "Allow"]);
    says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
}

#[test]
fn expired_lease_keeps_no_public_access() {
    let scenario = opened("Allow", PAST);
    // Nothing disables public access yet, so `Allow` would admit everyone.
    write_spec(&scenario, "    defaultAction: Allow\n");
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
    assert_eq!(access(&scenario), ["Enabled", "Deny"]);
    write_spec(
        &scenario,
        "    publicNetworkAccess: Disabled\n    defaultAction: Allow\n",
    );
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["verified"]);
    assert_eq!(writes(&scenario).len(), 1);
    assert_eq!(access(&scenario), ["Disabled", "Allow"]);
}

/// New rules would admit others for as long as public access stays, and without it the job is cut off.
#[test]
fn new_rules_wait_for_the_end_of_public_access() {
    let scenario = opened("Deny", LATER);
    let lines = format!("    publicNetworkAccess: Disabled\n    ipRules: [{OTHER}]\n");
    write_spec(&scenario, &lines);
    let apply = ["apply", "spec.yaml", "--yes"];
    says(
        &scenario.run(&apply),
        3,
        &["the lease `job` needs public access until"],
    );
    assert_eq!(access(&scenario), ["Enabled", "Deny"]);
    says(&scenario.run(&CLOSE), 0, &[]);
    says(&scenario.run(&apply), 0, &["verified"]);
    assert_eq!(access(&scenario), ["Disabled", "Deny"]);
}

/// The rules would admit others until the close, and no one after it.
#[test]
fn new_rules_do_not_build_on_public_access_of_a_lease() {
    let add = [
        "rule",
        "add",
        "-n",
        "contoso",
        "--ip-address",
        OTHER,
        "-o",
        "text",
    ];
    let apply = ["apply", "spec.yaml", "--yes"];
    let rows = [
        (LATER, "the lease `job` holds public access until", &CLOSE[..]),
        (
            PAST,
            "and ended at 2020-01-01",
            &["close", "contoso", "--expired"],
        ),
    ];
    for (until, told, close) in rows {
        for run in [&add[..], &apply] {
            let scenario = opened("Deny", until);
            write_spec(
                &scenario,
                &format!("    ownership: additive\n    ipRules: [{OTHER}]\n"),
            );
            let before = state(&scenario);
            says(&scenario.run(run), 3, &["held-by-lease", told, "public access"]);
            assert_eq!(state(&scenario), before, "{run:?} {until}");
            says(&scenario.run(close), 0, &["closed for"]);
            says(&scenario.run(run), 0, &["applied"]);
            assert_eq!(access(&scenario), ["Disabled", "Deny"]);
        }
    }
}

/// The rules had no effect when the plan was made.
#[test]
fn saved_plan_adds_no_rules_while_a_lease_opens() {
    for lines in ["", "    publicNetworkAccess: Disabled\n"] {
        let mut private = registry("Disabled", "Deny");
        private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
        let scenario = scenario(&private);
        write_spec(
            &scenario,
            &format!("{lines}    ownership: additive\n    ipRules: [{OTHER}]\n"),
        );
        says(
            &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
            0,
            &[],
        );
        let open = [&OPEN[..], &["--allow-public-access"]].concat();
        says(&scenario.run(&open), 0, &[]);
        let before = state(&scenario);
        let apply = ["apply", "--plan", "plan.json", "--yes"];
        let told = ["the lease `job` holds public access until"];
        says(&scenario.run(&apply), 3, &told);
        assert_eq!(state(&scenario), before, "{lines}");
    }
}

/// No rule admits a machine while public access is disabled.
#[test]
fn public_access_stays_for_a_running_lease() {
    let scenario = scenario(&registry("Disabled", "Deny"));
    write_spec(&scenario, "    publicNetworkAccess: Enabled\n");
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["verified"]);
    says(&scenario.run(&OPEN), 0, &["open for"]);
    let before = state(&scenario);
    write_spec(&scenario, "    publicNetworkAccess: Disabled\n");
    let apply = ["apply", "spec.yaml", "--yes"];
    let told = ["held-by-lease", "the lease `job` needs public access until"];
    for run in [&apply[..], &["restore", "--from", "last", "--yes"]] {
        says(&scenario.run(run), 3, &told);
        assert_eq!(state(&scenario), before, "{run:?}");
    }
    says(
        &scenario.run(&["audit", "spec.yaml"]),
        2,
        &["needs public access until"],
    );
    says(&scenario.run(&CLOSE), 0, &["closed for"]);
    says(&scenario.run(&apply), 0, &["verified"]);
    assert_eq!(access(&scenario), ["Disabled", "Deny"]);
}

#[test]
fn restore_leaves_public_access_to_its_lease() {
    let mut private = registry("Disabled", "Allow");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    let before = access(&scenario);
    write_spec(&scenario, "    trustedServices: false\n");
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["verified"]);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 0, &[]);
    let restore = ["restore", "--from", "last", "--yes"];
    says(
        &scenario.run(&restore),
        0,
        &["`publicNetworkAccess` stays `Enabled`"],
    );
    assert_eq!(access(&scenario), ["Enabled", "Deny"]);
    says(&scenario.run(&CLOSE), 0, &[]);
    assert_eq!(access(&scenario), before);
}

#[test]
fn saved_plan_does_not_leave_its_rule_to_a_lease() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    says(&scenario.run(&plan), 0, &["+ 198.51.100.7"]);
    says(&scenario.run(&OPEN), 0, &[]);
    let before = state(&scenario);
    let apply = ["apply", "--plan", "plan.json", "--yes"];
    for flags in [&[][..], &["--rebase"], &["--partial"]] {
        let spec: &[&str] = if flags == ["--rebase"] {
            &["spec.yaml"]
        } else {
            &[]
        };
        let apply = [&["apply"], spec, &apply[1..], flags].concat();
        let told = ["held-by-lease", "holds `198.51.100.7` until", "--lease job"];
        says(&scenario.run(&apply), 3, &told);
        assert_eq!(state(&scenario), before, "{flags:?}");
    }
    says(&scenario.run(&CLOSE), 0, &["closed for 198.51.100.7"]);
    for _ in 0..2 {
        says(&scenario.run(&apply), 0, &["verified"]);
    }
    says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
}

/// The rule was of no lease when the plan was made.
#[test]
fn saved_plan_does_not_cut_a_running_lease() {
    for flags in [&[][..], &["--partial"]] {
        let mut both = registry("Enabled", "Deny");
        let rules = json!([{"action": "Allow", "value": OTHER}, {"action": "Allow", "value": OWN}]);
        both["properties"]["networkRuleSet"]["ipRules"] = rules;
        let scenario = scenario(&both);
        write_spec(&scenario, &format!("    ipRules: [{OTHER}]\n"));
        let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
        says(&scenario.run(&plan), 0, &["- 198.51.100.7"]);
        let mut state = scenario.state();
        for resource in state["resources"].as_array_mut().unwrap() {
            if resource["name"] == "contoso" {
                resource["tags"]["ringfence-lease-job"] = json!(format!("until={LATER} ip={OWN}"));
            }
        }
        scenario.seed_state(&state);
        let apply = [&["apply", "--plan", "plan.json", "--yes"], flags].concat();
        let told = ["held-by-lease", "the lease `job` needs `198.51.100.7` until"];
        says(&scenario.run(&apply), 3, &told);
        assert_eq!(writes(&scenario).len(), 0);
    }
}

/// Somebody has disabled public access while the lease ran, so the close leaves the default action alone.
#[test]
fn default_action_that_a_close_does_not_bring_back_is_told() {
    let scenario = opened("Allow", LATER);
    let mut state = scenario.state();
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["name"] == "contoso" {
            resource["properties"]["publicNetworkAccess"] = json!("Disabled");
        }
    }
    scenario.seed_state(&state);
    let told = [
        "`defaultAction` was `Allow` before the lease and stays as it is",
        "az acr update --name contoso --subscription 00000000-0000-0000-0000-000000000001 --default-action Allow",
    ];
    says(&scenario.run(&CLOSE), 0, &told);
    assert_eq!(access(&scenario), ["Disabled", "Deny"]);
}

#[test]
fn saved_plan_does_not_leave_public_access_to_a_lease() {
    let mut private = registry("Disabled", "Deny");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    write_spec(
        &scenario,
        "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n",
    );
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    says(&scenario.run(&plan), 0, &[]);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 0, &[]);
    let apply = ["apply", "--plan", "plan.json", "--yes"];
    says(
        &scenario.run(&apply),
        3,
        &["the lease `job` holds public access until"],
    );
}

/// Somebody has taken the rule out, and left the tag of the lease.
#[test]
fn tag_without_its_rule_still_holds_it() {
    let mut edited = registry("Enabled", "Deny");
    edited["tags"] = json!({"ringfence-lease-job": format!("until={LATER} ip={OWN}")});
    let scenario = scenario(&edited);
    write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
    let apply = ["apply", "spec.yaml", "--yes"];
    says(
        &scenario.run(&apply),
        3,
        &["the lease `job` holds `198.51.100.7`"],
    );
    says(&scenario.run(&CLOSE), 0, &[]);
    says(&scenario.run(&apply), 0, &["verified"]);
}

/// A version before let runs write a part of the tag.
#[test]
fn tag_of_an_older_version_cannot_be_read() {
    let mut older = registry("Enabled", "Deny");
    older["tags"] = json!({"ringfence-lease-job": format!("until={LATER} kept={OTHER}")});
    let scenario = scenario(&older);
    write_spec(&scenario, &format!("    ipRules: [{OTHER}]\n"));
    says(&scenario.run(&["audit", "spec.yaml"]), 2, &["RF040"]);
    says(&scenario.run(&CLOSE), 1, &["cannot be read"]);
    assert_eq!(writes(&scenario).len(), 0);
}

/// The write itself gains the tag here, as where a job opens in the same moment.
#[test]
fn rule_that_a_lease_holds_after_the_write_is_told() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let tag = json!({"ringfence-lease-job": format!("until={LATER} ip={OWN}")});
    let fault = json!([{"fault": "policy-modify", "set": {"tags": tag}}]);
    scenario.write("faults.json", &fault.to_string());
    write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
    let apply = ["apply", "spec.yaml", "--yes", "--faults", "faults.json"];
    let told = [
        "the lease `job` holds `198.51.100.7` until",
        "close it: ringfence close",
        "--lease job",
    ];
    let run = scenario.run(&apply);
    says(&run, 4, &told);
    assert!(!run.stdout.contains("and verified"), "{}", run.stdout);
    let add = [
        "rule",
        "add",
        "-n",
        "contoso",
        "--ip-address",
        "203.0.113.26",
        "-o",
        "text",
    ];
    let tag = json!({"ringfence-lease-two": format!("until={LATER} ip=203.0.113.26")});
    let fault = json!([{"fault": "policy-modify", "set": {"tags": tag}}]);
    scenario.write("faults.json", &fault.to_string());
    let run = scenario.run(&[&add[..], &["--faults", "faults.json"]].concat());
    says(&run, 4, &["the lease `two` holds `203.0.113.26` until"]);
}

/// No wait helps there.
#[test]
fn registry_that_a_policy_makes_private_is_told_at_once() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let fault = json!([{"match": {"method": "PATCH"}, "fault": "policy-modify"}]);
    scenario.write("faults.json", &fault.to_string());
    let open = [&OPEN[..], &["--faults", "faults.json"]].concat();
    let run = scenario.run(&open);
    // The lease is closed, and what the policy did to everyone stays.
    let told = "! the write was accepted, but `publicNetworkAccess` is \"Disabled\", not \"Enabled\"";
    says(&run, 4, &["closed for", told]);
    assert!(!run.stderr.contains("--wait"), "{}", run.stderr);
    assert_eq!(scenario.resource("contoso")["tags"], json!({"team": "platform"}));
}
