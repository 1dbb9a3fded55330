//! Leases beside specs, guards, snapshots and other leases, through the built binary.

use serde_json::json;

use crate::access::{OTHER, OWN, registry, says, scenario, with_access, writes};
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

#[test]
fn wanted_rule_is_taken_over_from_its_lease() {
    let add = ["rule", "add", "-n", "contoso", "--ip-address", OWN, "-o", "text"];
    for write in [&add[..], &["apply", "spec.yaml", "--yes"]] {
        let scenario = scenario(&registry("Enabled", "Deny"));
        says(&scenario.run(&OPEN), 0, &[]);
        write_spec(&scenario, &format!("    ipRules: [{OWN}, {OTHER}]\n"));
        let plan = scenario.run(&["plan", "spec.yaml"]);
        says(
            &plan,
            0,
            &["~ job", "198.51.100.7 stays when it is closed", "1 to change"],
        );
        let audit = scenario.run(&["audit", "spec.yaml", "-o", "json"]);
        says(&audit, 2, &["held-by-lease"]);
        says(&scenario.run(write), 0, &["verified"]);
        // Rule and tag are in one PATCH.
        let patches = writes(&scenario);
        assert_eq!(patches.len(), 1, "{patches:?}");
        assert_eq!(patches[0]["tags"]["team"], "platform");
        let rules = &patches[0]["properties"]["networkRuleSet"]["ipRules"];
        assert_eq!(rules.as_array().map(Vec::len), Some(2));
        let tags = scenario.resource("contoso")["tags"].clone();
        let tag = tags["ringfence-lease-job"].as_str().unwrap();
        assert!(
            tag.ends_with(" kept=198.51.100.7") && !tag.contains("ip="),
            "{tag}"
        );
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
        says(
            &scenario.run(&["close", "contoso", "--lease", "job"]),
            0,
            &["still admitted"],
        );
        assert!(ips(&scenario).contains(OWN), "{}", ips(&scenario));
        assert_eq!(scenario.resource("contoso")["tags"], json!({"team": "platform"}));
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    }
}

#[test]
fn wanted_public_access_is_taken_over_from_its_lease() {
    let mut private = registry("Disabled", "Allow");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 0, &[]);
    write_spec(
        &scenario,
        "    publicNetworkAccess: Enabled\n    defaultAction: Deny\n",
    );
    let told = ["public access stays when it is closed"];
    says(&scenario.run(&["plan", "spec.yaml"]), 0, &told);
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["verified"]);
    says(&scenario.run(&["close", "contoso", "--lease", "job"]), 0, &[]);
    let left = scenario.resource("contoso")["properties"].clone();
    assert_eq!(left["publicNetworkAccess"], "Enabled");
    assert_eq!(
        left["networkRuleSet"],
        json!({"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []})
    );
}

#[test]
fn default_action_is_what_the_spec_wants_after_a_close() {
    let mut private = registry("Disabled", "Allow");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 0, &[]);
    write_spec(&scenario, "    defaultAction: Deny\n");
    says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &["verified"]);
    says(&scenario.run(&["close", "contoso", "--lease", "job"]), 0, &[]);
    let left = scenario.resource("contoso")["properties"].clone();
    assert_eq!(left["publicNetworkAccess"], "Disabled");
    assert_eq!(left["networkRuleSet"]["defaultAction"], "Deny");
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
    for before in ["Allow", "Deny"] {
        let mut private = registry("Disabled", before);
        private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
        let scenario = scenario(&private);
        let open = [&OPEN[..], &["--allow-public-access"]].concat();
        says(&scenario.run(&open), 0, &[]);
        write_spec(&scenario, "    defaultAction: Allow\n");
        let told = ["leased-access"];
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &told);
        says(&scenario.run(&["apply", "spec.yaml", "--yes"]), 0, &[]);
        let during = scenario.resource("contoso")["properties"].clone();
        assert_eq!(during["publicNetworkAccess"], "Enabled");
        assert_eq!(during["networkRuleSet"]["defaultAction"], "Deny");
        says(&scenario.run(&["close", "contoso", "--lease", "job"]), 0, &[]);
        let left = scenario.resource("contoso")["properties"].clone();
        assert_eq!(left["publicNetworkAccess"], "Disabled");
        assert_eq!(left["networkRuleSet"]["defaultAction"], "Allow");
        says(&scenario.run(&["plan", "spec.yaml"]), 0, &["No changes"]);
    }
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
    says(&run, 0, &[OTHER, "the lease job holds it until"]);
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
