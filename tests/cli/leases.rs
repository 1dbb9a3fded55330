//! Leases beside specs, guards, snapshots and other leases, through the built binary.

use serde_json::{Value, json};

use crate::access::{OTHER, OWN, registry, says, scenario, state, with_access, writes};
use crate::leased_access::{LATER, PAST, opened};
use crate::ringfence_binary::Scenario;

/// The rule has no effect until public access is enabled.
#[test]
fn private_registry_with_rules_is_not_opened() {
    let scenario = scenario(&registry("Disabled", "Deny"));
    let run = with_access(&scenario, &["--ip", OWN, "--allow-public-access"], "exit 0");
    says(
        &run,
        3,
        &["enabling it admits others too", OTHER, "`ringfence rule remove`"],
    );
    assert_eq!(writes(&scenario).len(), 0);
}

/// A close would leave another public access behind than the one before.
#[test]
fn registry_in_a_perimeter_is_not_opened() {
    let mut secured = registry("SecuredByPerimeter", "Deny");
    secured["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&secured);
    for flags in [&[][..], &["--allow-public-access"]] {
        let open = [&OPEN[..], flags].concat();
        let told = [
            "public access of contoso is `SecuredByPerimeter`",
            "neither change nor bring back",
        ];
        says(&scenario.run(&open), 3, &told);
    }
    assert_eq!(writes(&scenario).len(), 0);
}

/// A spec of contoso with these lines.
pub(crate) fn write_spec(scenario: &Scenario, lines: &str) {
    let id = crate::azure_bodies::registry_id("contoso");
    scenario.write(
        "spec.yaml",
        &format!("version: 1\nregistries:\n  - id: {id}\n{lines}"),
    );
}

fn ips(scenario: &Scenario) -> String {
    scenario.resource("contoso")["properties"]["networkRuleSet"]["ipRules"].to_string()
}

/// The lease of a job at the sandbox's next run.
pub(crate) const OPEN: [&str; 6] = ["open", "contoso", "--ip", OWN, "--lease", "job"];

/// The flags of a plan of `spec.yaml`, an apply and the close of the one lease.
const PLAN: [&str; 2] = ["plan", "spec.yaml"];
const APPLY: [&str; 3] = ["apply", "spec.yaml", "--yes"];
const CLOSE: [&str; 4] = ["close", "contoso", "--lease", "job"];

#[test]
fn wanted_rule_of_a_lease_is_refused_until_it_is_closed() {
    let add = ["rule", "add", "-n", "contoso", "--ip-address", OWN, "-o", "text"];
    for write in [&add[..], &APPLY] {
        let scenario = scenario(&registry("Enabled", "Deny"));
        says(&scenario.run(&OPEN), 0, &[]);
        let before = state(&scenario);
        write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
        let told = [
            "refused[held-by-lease]: the lease `job` holds `198.51.100.7` until",
            "it goes when the lease is closed",
            "let its job end, or close it: ringfence close",
            "--lease job --sandbox=",
        ];
        says(&scenario.run(&PLAN), 3, &told);
        let audit = scenario.run(&["audit", "spec.yaml"]);
        says(
            &audit,
            2,
            &[
                "has drifted",
                "holds `198.51.100.7` until",
                "--lease job --sandbox=",
            ],
        );
        let audit = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
        says(&audit, 2, &["held-by-lease"]);
        says(&scenario.run(write), 3, &["held-by-lease"]);
        assert_eq!((state(&scenario), writes(&scenario).len()), (before, 0));
        says(&scenario.run(&CLOSE), 0, &["closed for 198.51.100.7"]);
        says(&scenario.run(write), 0, &["applied"]);
        says(&scenario.run(&CLOSE), 0, &["nothing to close"]);
        assert!(ips(&scenario).contains(OWN), "{}", ips(&scenario));
        says(&scenario.run(&PLAN), 0, &["No changes"]);
    }
}

/// The job was killed: both findings lead to the same command.
#[test]
fn wanted_rule_of_an_ended_lease_is_refused_until_it_is_closed() {
    let mut left = registry("Enabled", "Deny");
    left["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": OWN}]);
    left["tags"]["ringfence-lease-job"] = json!(format!("until=2026-01-01T00:00:00Z ip={OWN}"));
    let scenario = scenario(&left);
    write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
    let told = ["and ended at 2026-01-01T00:00:00Z", "--expired --sandbox="];
    says(&scenario.run(&APPLY), 3, &told);
    let audit = scenario.run(&["audit", "spec.yaml"]);
    says(
        &audit,
        2,
        &[
            "holds `198.51.100.7` and ended at",
            "RF037",
            "--expired --sandbox=",
        ],
    );
    assert!(!audit.stdout.contains("--lease job"), "{}", audit.stdout);
    says(
        &scenario.run(&["close", "contoso", "--expired"]),
        0,
        &["closed for"],
    );
    says(&scenario.run(&APPLY), 0, &["verified"]);
    assert!(ips(&scenario).contains(OWN) && ips(&scenario).contains(OTHER));
}

#[test]
fn wanted_access_of_a_lease_is_refused_until_it_is_closed() {
    let enabled = "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n";
    let rows = [
        (enabled, "holds public access until", "Enabled"),
        (
            "    defaultAction: Deny\n",
            "holds the default action (`Allow` comes back) until",
            "Disabled",
        ),
    ];
    for (lines, told, public) in rows {
        let mut private = registry("Disabled", "Allow");
        private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
        let scenario = scenario(&private);
        let open = [&OPEN[..], &["--allow-public-access"]].concat();
        says(&scenario.run(&open), 0, &[]);
        write_spec(&scenario, lines);
        says(&scenario.run(&APPLY), 3, &[told]);
        assert_eq!(writes(&scenario).len(), 0);
        says(&scenario.run(&CLOSE), 0, &[]);
        let apply = [&APPLY[..], &["--override", "last-rule"]].concat();
        says(&scenario.run(&apply), 0, &["verified"]);
        let left = scenario.resource("contoso")["properties"].clone();
        assert_eq!(left["publicNetworkAccess"], public);
        assert_eq!(left["networkRuleSet"]["defaultAction"], "Deny");
    }
}

/// The other registry of the spec is written.
#[test]
fn lease_refuses_its_own_registry_alone() {
    let mut second = registry("Enabled", "Deny");
    let id = crate::azure_bodies::registry_id("fabrikam");
    (second["name"], second["id"]) = (json!("fabrikam"), json!(id));
    second["properties"]["loginServer"] = json!("fabrikam.azurecr.io");
    let scenario = Scenario::new("", &[registry("Enabled", "Deny"), second]);
    says(&scenario.run(&OPEN), 0, &[]);
    let lines = format!("    ipRules: [{OWN}, {OTHER}]\n");
    write_spec(&scenario, &format!("{lines}  - id: {id}\n{lines}"));
    let told = [
        "contoso (spec.yaml:3): refused, nothing was written",
        "held-by-lease",
    ];
    says(&scenario.run(&APPLY), 4, &told);
    let rules = scenario.resource("fabrikam")["properties"]["networkRuleSet"]["ipRules"].to_string();
    assert!(rules.contains(OWN), "{rules}");
}

#[test]
fn remove_does_not_cut_a_running_lease() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    let remove = ["rule", "remove", "-n", "contoso", "--ip-address", OWN];
    let told = [
        "the lease `job` needs `198.51.100.7` until",
        "--lease job --sandbox=",
    ];
    says(&scenario.run(&remove), 3, &told);
    assert!(ips(&scenario).contains(OWN), "{}", ips(&scenario));
    says(&scenario.run(&CLOSE), 0, &[]);
    says(&scenario.run(&remove), 0, &["no-such-rule"]);
}

#[test]
fn expectation_does_not_count_on_a_lease() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    write_spec(
        &scenario,
        &format!("    ipRules: [{OTHER}]\n    expect: {{allow: [{OWN}]}}\n"),
    );
    let why = "only a lease admits it, which ends: `job`";
    says(&scenario.run(&PLAN), 3, &["refused[expect]", why]);
    says(
        &scenario.run(&["audit", "spec.yaml"]),
        2,
        &["breaks an expectation", why],
    );
}

#[test]
fn end_of_a_lease_is_not_drift() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    write_spec(&scenario, &format!("    ipRules: [{OTHER}]\n"));
    let apply = ["apply", "spec.yaml", "--yes", "--fail-on", "drift"];
    says(&scenario.run(&apply[..3]), 0, &[]);
    // Neither the begin of a lease nor its end is a change of what the run left.
    says(&scenario.run(&OPEN), 0, &[]);
    says(&scenario.run(&apply), 0, &[]);
    says(&scenario.run(&["close", "contoso", "--lease", "job"]), 0, &[]);
    says(&scenario.run(&apply), 0, &[]);
    says(&scenario.run(&["audit", "spec.yaml"]), 0, &[]);
}

/// With it, the registry would be open to everyone for as long as the job runs.
#[test]
fn default_action_allow_waits_for_the_end_of_leases() {
    let mut private = registry("Disabled", "Allow");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 0, &[]);
    write_spec(&scenario, "    defaultAction: Allow\n");
    says(&scenario.run(&PLAN), 0, &["leased-access"]);
    says(&scenario.run(&APPLY), 0, &[]);
    let during = scenario.resource("contoso")["properties"].clone();
    assert_eq!(during["publicNetworkAccess"], "Enabled");
    assert_eq!(during["networkRuleSet"]["defaultAction"], "Deny");
    says(&scenario.run(&CLOSE), 0, &[]);
    let left = scenario.resource("contoso")["properties"].clone();
    assert_eq!(left["publicNetworkAccess"], "Disabled");
    assert_eq!(left["networkRuleSet"]["defaultAction"], "Allow");
    says(&scenario.run(&PLAN), 0, &["No changes"]);
}

/// Between the plan and the apply a lease begins, or ends.
#[test]
fn lease_is_no_term_of_a_saved_plan() {
    let close = ["close", "contoso", "--lease", "job"];
    for is_open in [false, true] {
        let scenario = scenario(&registry("Enabled", "Deny"));
        write_spec(&scenario, &format!("    ipRules: [{OTHER}, 203.0.113.26]\n"));
        if is_open {
            says(&scenario.run(&OPEN), 0, &[]);
        }
        let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
        says(&scenario.run(&plan), 0, &[]);
        let words: &[&str] = if is_open { &close } else { &OPEN };
        says(&scenario.run(words), 0, &[]);
        let rebase = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
        let run = scenario.run(&rebase);
        says(&run, 0, &["verified"]);
        assert_eq!(run.stdout.contains("leased-rules"), !is_open, "{}", run.stdout);
        assert_eq!(ips(&scenario).contains(OWN), !is_open, "{}", ips(&scenario));
        assert!(ips(&scenario).contains("203.0.113.26"), "{}", ips(&scenario));
    }
}

#[test]
fn restore_does_not_bring_back_what_a_lease_held() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    write_spec(&scenario, &format!("    ipRules: [{OTHER}, 203.0.113.26]\n"));
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["applied"]);
    let left = "Left out: 1 rule or setting of a lease, ";
    says(&scenario.run(&["audit", "spec.yaml"]), 0, &[left]);
    // The job still runs, so its rule stays.
    let restore = ["restore", "--from", "last", "--yes"];
    says(
        &scenario.run(&restore),
        0,
        &["stays while it is open by the lease job"],
    );
    assert!(ips(&scenario).contains(OWN), "{}", ips(&scenario));
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["applied"]);
    says(&scenario.run(&["close", "contoso", "--lease", "job"]), 0, &[]);
    says(&scenario.run(&restore), 0, &["- 203.0.113.26"]);
    let left = json!([{"action": "Allow", "value": OTHER}]).to_string();
    assert_eq!(ips(&scenario), left);
}

#[test]
fn import_leaves_out_what_a_lease_holds() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    let id = crate::azure_bodies::registry_id("contoso");
    let run = scenario.run(&["import", &id]);
    // A plan removes what a lease holds that has ended.
    let empty = "the plan of this state is empty once its leases are closed";
    says(&run, 0, &[OTHER, "the lease job holds it until", empty]);
    assert!(!run.stdout.contains(OWN), "{}", run.stdout);
}

#[test]
fn rule_of_a_lease_does_not_save_the_last_rule() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    says(&scenario.run(&OPEN), 0, &[]);
    write_spec(&scenario, "    ipRules: []\n");
    let plan = ["plan", "spec.yaml", "--override", "removals"];
    says(&scenario.run(&plan), 3, &["refused[last-rule]"]);
}

#[test]
fn close_names_the_address_that_another_lease_admits() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    for name in ["job", "other"] {
        let open = ["open", "contoso", "--ip", OWN, "--lease", name];
        says(&scenario.run(&open), 0, &[]);
    }
    let close = |name| scenario.run(&["close", "contoso", "--lease", name]);
    let still = "198.51.100.7: still admitted, by another lease, a rule or the default action";
    let first = close("job");
    says(&first, 0, &["contoso: closed\n", still]);
    let last = close("other");
    says(&last, 0, &["contoso: closed for 198.51.100.7"]);
    assert!(!last.stdout.contains("still"), "{}", last.stdout);
}

#[test]
fn format_without_a_file_is_told_by_with_access() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let run = with_access(&scenario, &["--ip", OWN, "-o", "json"], "echo out");
    says(&run, 0, &["no json is written: name a file, --output json=FILE"]);
    assert_eq!(run.stdout, "out\n");
}

/// The plan owns the whole list, which a lease of another address has changed.
#[test]
fn saved_plan_that_a_lease_made_stale_names_it_and_the_ways_on() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    write_spec(&scenario, &format!("    ipRules: [{OTHER}, 192.0.2.44]\n"));
    let plan = [&PLAN[..], &["-o", "json=plan.json"]].concat();
    says(&scenario.run(&plan), 0, &["+ 192.0.2.44"]);
    says(&scenario.run(&OPEN), 0, &[]);
    let apply = ["apply", "--plan", "plan.json", "--yes"];
    let told = [
        "stale-plan",
        "the lease `job` was opened since, until",
        "let the job of `job` end, or close it: ringfence close /subscriptions/",
        "ringfence apply SPEC --plan FILE --rebase",
    ];
    says(&scenario.run(&apply), 3, &told);
    // Both ways lead on.
    let rebase = ["apply", "spec.yaml", "--plan", "plan.json", "--rebase", "--yes"];
    let opened = scenario.state();
    says(&scenario.run(&rebase), 0, &["verified"]);
    scenario.seed_state(&opened);
    says(&scenario.run(&plan), 0, &[]);
    says(&scenario.run(&CLOSE), 0, &[]);
    let closed = ["stale-plan", "the lease `job` was closed since", "--rebase"];
    says(&scenario.run(&apply), 3, &closed);
    says(&scenario.run(&rebase), 0, &["verified"]);
}

/// Asserts what `explain` says of a client, and the number of leases that it names.
fn explain(scenario: &Scenario, from: &str, told: &[&str], leases: usize) {
    let words = ["explain", "contoso", "--from", from];
    says(&scenario.run(&words), 0, told);
    let run = scenario.run(&[&words[..], &["-o", "json"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let found = document["clients"][0]["leases"].as_array().map_or(0, Vec::len);
    assert_eq!(found, leases, "{from}: {}", run.stdout);
}

#[test]
fn explain_names_the_lease_that_an_answer_rests_on() {
    let running = [
        "gets in",
        "it rests on the lease job, until 2999-01-01T00:00:00Z",
        "--lease job",
    ];
    explain(&opened("Deny", LATER), OWN, &running, 1);
    explain(
        &opened("Deny", LATER),
        "198.51.100.0/24",
        &["gets in only in part", "lease job"],
        1,
    );
    let ended = ["it rests on the lease job, which ended at 2020-01-01T00:00:00Z"];
    explain(&opened("Deny", PAST), OWN, &ended, 1);
    // A rule would be refused now, and without effect after the close.
    let refused = [
        "does not get in",
        "public network access is enabled, by leases alone",
        "set `publicNetworkAccess: Enabled` in the spec of contoso, and list the client",
    ];
    explain(&opened("Deny", LATER), OTHER, &refused, 0);
    // A wider rule stays.
    let mut both = registry("Enabled", "Deny");
    let rules =
        json!([{"action": "Allow", "value": OWN}, {"action": "Allow", "value": "198.51.100.0/24"}]);
    both["properties"]["networkRuleSet"]["ipRules"] = rules;
    both["tags"] = json!({"ringfence-lease-job": format!("until={LATER} ip={OWN}")});
    explain(&scenario(&both), OWN, &["gets in"], 0);
}
