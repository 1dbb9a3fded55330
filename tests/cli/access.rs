//! `with-access`, `open` and `close` through the built binary, against the sandbox inside the run.

use crate::azure_bodies::premium_registry;
use crate::ringfence_binary::{Run, Scenario, ignores_hangup};
use serde_json::{Value, json};

pub(crate) const OWN: &str = "198.51.100.7";
pub(crate) const OTHER: &str = "203.0.113.25";

/// A registry with these settings and one foreign rule.
pub(crate) fn registry(public: &str, action: &str) -> Value {
    let mut registry = premium_registry("contoso");
    registry["tags"] = json!({"team": "platform"});
    registry["properties"]["publicNetworkAccess"] = json!(public);
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!(action);
    registry["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": OTHER}]);
    registry
}

pub(crate) fn scenario(registry: &Value) -> Scenario {
    Scenario::new("", std::slice::from_ref(registry))
}

/// Runs `ringfence with-access contoso` with these flags around a shell command.
pub(crate) fn with_access(scenario: &Scenario, flags: &[&str], shell: &str) -> Run {
    let words = [&["with-access", "contoso"], flags].concat();
    scenario.run_around(&words, &["/bin/sh", "-c", shell])
}

/// The parts of the registry that decide who gets in, and its tags.
pub(crate) fn state(scenario: &Scenario) -> Value {
    let registry = scenario.resource("contoso");
    json!([
        registry["tags"],
        registry["properties"]["publicNetworkAccess"],
        registry["properties"]["networkRuleSet"],
    ])
}

pub(crate) fn says(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    for word in words {
        let said = run.stdout.contains(word) || run.stderr.contains(word);
        assert!(said, "no `{word}` in\n{}\n{}", run.stdout, run.stderr);
    }
}

/// The PATCH bodies of the last run.
pub(crate) fn writes(scenario: &Scenario) -> Vec<Value> {
    let mut bodies = Vec::new();
    for line in scenario.read("requests.jsonl").lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        if request["method"] == "PATCH" {
            bodies.push(request["body"].clone());
        }
    }
    bodies
}

#[test]
fn command_runs_with_access_and_leaves_the_state_before() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let before = state(&scenario);
    let run = with_access(&scenario, &["--ip", OWN, "--lease", "Run-7"], "echo out; exit 7");
    says(
        &run,
        7,
        &[
            "contoso: the lease run-7 is written, until",
            "waiting until this machine is admitted",
            "contoso: open for 198.51.100.7",
            "it admits this machine",
            "lease run-7",
            "closed for",
        ],
    );
    assert_eq!(run.stdout, "out\n");
    assert_eq!(state(&scenario), before);
    // One PATCH has the rule and its lease, the other takes both out.
    let writes = writes(&scenario);
    assert_eq!(writes.len(), 2, "{writes:?}");
    let rules = &writes[0]["properties"]["networkRuleSet"]["ipRules"];
    assert_eq!(rules.as_array().map(Vec::len), Some(2));
    assert_eq!(writes[0]["tags"]["team"], "platform");
    assert!(writes[0]["tags"]["ringfence-lease-run-7"].is_string());
    assert_eq!(writes[1]["tags"], json!({"team": "platform"}));
}

#[test]
fn command_that_does_not_exist_closes_too() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let before = state(&scenario);
    let words = ["with-access", "contoso", "--ip", OWN];
    says(
        &scenario.run_around(&words, &["/nonexistent"]),
        127,
        &["cannot run"],
    );
    assert_eq!(state(&scenario), before);
    // A command that takes too long is ended.
    let run = with_access(
        &scenario,
        &["--ip", OWN, "--max-time", "1s"],
        "exec /bin/sleep 600",
    );
    says(
        &run,
        143,
        &["the time of --max-time, or of the lease, is over", "closed for"],
    );
    assert_eq!(state(&scenario), before);
}

/// The shell asks its parent to end. The parent passes the signal on, and closes when the shell has ended.
#[test]
fn signals_are_passed_on_and_the_exit_code_is_kept() {
    for (signal, code) in [
        ("TERM", 9),
        ("INT", 8),
        ("HUP", 7),
        ("QUIT", 6),
        ("USR1", 5),
        ("USR2", 4),
    ] {
        // A shell that starts with SIGHUP ignored cannot trap it.
        if signal == "HUP" && ignores_hangup() {
            continue;
        }
        let scenario = scenario(&registry("Enabled", "Deny"));
        let before = state(&scenario);
        let shell = format!(
            "trap 'exit {code}' {signal}; kill -{signal} $PPID; /bin/sleep 20 >/dev/null 2>&1 & wait; exit 1"
        );
        let run = with_access(&scenario, &["--ip", OWN], &shell);
        says(&run, code, &["closed for 198.51.100.7"]);
        assert_eq!(state(&scenario), before, "{signal}");
    }
}

#[test]
fn refused_range_is_not_told_as_opened_or_closed() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let run = with_access(
        &scenario,
        &["--ip", "0.0.0.0/0", "-o", "json=access.json"],
        "exit 0",
    );
    says(
        &run,
        3,
        &["is wider than `widestRule`", "name a narrower range: --ip CIDR"],
    );
    assert!(!run.stderr.contains("closed"), "{}", run.stderr);
    let document: Value = serde_json::from_str(&scenario.read("access.json")).unwrap();
    let registry = &document["registries"][0];
    assert_eq!(
        (&registry["outcome"], &registry["leases"]),
        (&"nothing-to-close".into(), &json!([]))
    );
    assert_eq!(writes(&scenario).len(), 0);
}

#[test]
fn special_use_address_is_refused_before_anything_is_asked() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let run = with_access(&scenario, &["--ip", "10.0.0.1"], "exit 0");
    says(
        &run,
        64,
        &["`--ip 10.0.0.1` is not a public address", "leave out --ip"],
    );
}

/// The rule is for another machine, and this one is refused.
#[test]
fn named_address_that_gets_in_already_is_not_this_machine() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let around = [
        "sandbox",
        "--state",
        "state.json",
        "--client-ip",
        "198.51.100.3",
        "--",
        ringfence,
    ];
    let words = [
        "with-access",
        "contoso",
        "--ip",
        OTHER,
        "--",
        "/bin/sh",
        "-c",
        "exit 0",
    ];
    let run = scenario.run_plain(&[&around[..], &words[..]].concat());
    let told = "the registry refuses this machine at 198.51.100.3, which is outside 203.0.113.25";
    says(
        &run,
        0,
        &["what --ip names gets in already; nothing was written", told],
    );
}

/// The case of a deployment that opens a private registry (microsoft/aspire#16132).
#[test]
fn private_registry_is_opened_without_a_moment_for_everyone() {
    for action in ["Allow", "Deny"] {
        let mut private = registry("Disabled", action);
        private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
        let scenario = scenario(&private);
        let before = state(&scenario);
        let refused = with_access(&scenario, &["--ip", OWN], "exit 0");
        says(&refused, 3, &["error[access-refused]", "--allow-public-access"]);
        assert_eq!((state(&scenario), writes(&scenario).len()), (before.clone(), 0));
        let run = with_access(&scenario, &["--ip", OWN, "--allow-public-access"], "exit 0");
        says(&run, 0, &["public access is enabled, with default action Deny"]);
        assert_eq!(state(&scenario), before);
        let writes = writes(&scenario);
        assert_eq!(writes[0]["properties"]["publicNetworkAccess"], "Enabled");
        assert_eq!(writes[0]["properties"]["networkRuleSet"]["defaultAction"], "Deny");
        assert_eq!(writes[1]["properties"]["publicNetworkAccess"], "Disabled");
    }
}

/// The case of a group that is deleted while the command runs (microsoft/AzureTRE#4449).
#[test]
fn registry_that_goes_away_counts_as_closed() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let fault = json!([{
        "match": {"method": "PATCH", "path": "/registries/contoso", "nth": [2, 3, 4, 5]},
        "fault": 409, "code": "ResourceGroupBeingDeleted",
        "message": "The resource group 'rg' is in deprovisioning state and cannot perform this operation."
    }]);
    scenario.write("faults.json", &fault.to_string());
    let run = with_access(&scenario, &["--ip", OWN, "--faults", "faults.json"], "exit 0");
    says(&run, 0, &["is being deleted: nothing stays open there"]);
    assert!(!run.stderr.contains("error"), "{}", run.stderr);
    assert_eq!(writes(&scenario).len(), 2);
}

/// A group that is mistaken, and one from which the registry was moved.
#[test]
fn registry_in_another_place_is_not_gone() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let id = crate::azure_bodies::registry_id("contoso");
    let mistaken = id.replace("/resourceGroups/", "/resourceGroups/no-");
    says(
        &scenario.run(&["open", &id, "--ip", OWN, "--lease", "job"]),
        0,
        &[],
    );
    let told = [
        "registry `contoso` is in resource group",
        "name it by its id: /subscriptions/",
    ];
    says(&scenario.run(&["close", &mistaken, "--lease", "job"]), 1, &told);
    says(&scenario.run(&["close", &mistaken, "--expired"]), 1, &told);
    says(&scenario.run(&["open", &mistaken, "--ip", OWN]), 1, &told);
    says(
        &scenario.run(&["close", &id, "--lease", "job"]),
        0,
        &["closed for"],
    );
    // A search that fails tells of no place.
    let fault =
        json!([{"match": {"path": "resourcegraph"}, "fault": 403, "code": "AuthorizationFailed"}]);
    scenario.write("faults.json", &fault.to_string());
    let unknown = ["whether it is in another place is not known"];
    let words = ["close", &mistaken, "--expired", "--faults", "faults.json"];
    says(&scenario.run(&words), 1, &unknown);
    // What is nowhere has nothing open.
    let none = id.replace("contoso", "tailspin");
    let run = scenario.run(&["close", &none, "--lease", "job"]);
    says(
        &run,
        0,
        &["= tailspin: it is not in group", "nothing stays open there"],
    );
    let run = scenario.run(&["open", &none, "--ip", OWN]);
    says(
        &run,
        1,
        &[
            "there is no registry `tailspin` in resource group",
            "correct the name",
        ],
    );
}

#[test]
fn registry_that_cannot_be_closed_is_told_last() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let nth: Vec<u32> = (2..40).collect();
    let fault = json!([{
        "match": {"method": "PATCH", "path": "/registries/contoso", "nth": nth}, "fault": 403,
        "code": "AuthorizationFailed", "message": "no"
    }]);
    scenario.write("faults.json", &fault.to_string());
    let run = with_access(
        &scenario,
        &["--ip", OWN, "--lease", "a", "--faults", "faults.json"],
        "exit 0",
    );
    says(&run, 4, &["error[left-open]: contoso still admits 198.51.100.7"]);
    let last = run.stderr.trim_end().lines().last().unwrap();
    assert!(
        last.contains("close it: ringfence close /subscriptions/"),
        "{last}"
    );
    assert!(last.contains("--lease a --sandbox="), "{last}");
    // The command of the alarm works.
    says(
        &scenario.run(&["close", "contoso", "--lease", "a"]),
        0,
        &["closed for 198.51.100.7"],
    );
    let rules = &scenario.resource("contoso")["properties"]["networkRuleSet"]["ipRules"];
    assert_eq!(*rules, json!([{"action": "Allow", "value": OTHER}]));
}

/// The write is there, and Azure's operation never ends.
#[test]
fn close_that_does_not_come_to_its_end_says_what_is_open() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let open = ["open", "contoso", "--ip", OWN, "--lease", "job"];
    says(&scenario.run(&open), 0, &[]);
    scenario.write(
        "faults.json",
        r#"[{"match": {"method": "PATCH"}, "fault": "lro-stuck"}]"#,
    );
    let close = [
        "close",
        "contoso",
        "--lease",
        "job",
        "--timeout",
        "5s",
        "--faults",
        "faults.json",
    ];
    let told = [
        "contoso does not admit 198.51.100.7 any more, but the close has not come to its end",
        "close it: ringfence close",
    ];
    says(&scenario.run(&close), 4, &told);
}

/// Something puts the rule back into each write, and the tag is gone.
#[test]
fn rule_that_a_close_cannot_take_out_is_told() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let open = ["open", "contoso", "--ip", OWN, "--lease", "job"];
    says(&scenario.run(&open), 0, &[]);
    let rules = json!([{"action": "Allow", "value": OTHER}, {"action": "Allow", "value": OWN}]);
    let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
    let fault = json!([{"match": {"method": "PATCH"}, "fault": "policy-modify", "set": set}]);
    scenario.write("faults.json", &fault.to_string());
    let close = ["close", "contoso", "--lease", "job", "--faults", "faults.json"];
    let told = [
        "error[left-open]: contoso still admits 198.51.100.7",
        "its tag is gone, so take the rule out: ringfence rule remove -n /subscriptions/",
        "--ip-address 198.51.100.7 --sandbox=",
    ];
    says(&scenario.run(&close), 4, &told);
    assert_eq!(writes(&scenario).len(), 3);
    // The command that it names takes the rule out.
    let id = crate::azure_bodies::registry_id("contoso");
    let remove = ["rule", "remove", "-n", &id, "--ip-address", OWN];
    says(&scenario.run(&remove), 0, &[]);
    let rules = &scenario.resource("contoso")["properties"]["networkRuleSet"]["ipRules"];
    assert_eq!(*rules, json!([{"action": "Allow", "value": OTHER}]));
}

#[test]
fn machine_that_gets_in_needs_no_write() {
    let mut wider = registry("Enabled", "Deny");
    wider["properties"]["networkRuleSet"]["ipRules"] =
        json!([{"action": "Allow", "value": "198.51.100.0/24"}]);
    for registry in [registry("Enabled", "Allow"), wider] {
        let scenario = scenario(&registry);
        let before = state(&scenario);
        let run = with_access(&scenario, &["--ip", OWN], "exit 0");
        says(&run, 0, &["this machine gets in already; nothing was written"]);
        assert_eq!((state(&scenario), writes(&scenario).len()), (before, 0));
    }
    // Without `--ip` the sandbox sees loopback, which no rule can admit.
    let closed = scenario(&registry("Enabled", "Deny"));
    says(
        &with_access(&closed, &[], "exit 0"),
        3,
        &["127.0.0.1", "--ip ADDRESS"],
    );
}

#[test]
fn open_and_close_are_two_halves() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let before = state(&scenario);
    let words = ["open", "contoso", "--ip", OWN, "--lease", "job-1", "-o", "json"];
    let opened = scenario.run(&words);
    says(&opened, 0, &[]);
    let document: Value = serde_json::from_str(&opened.stdout).unwrap();
    assert_eq!(document["format"], "ringfence.access/1");
    let registry = &document["registries"][0];
    assert_eq!(
        (&registry["outcome"], &registry["leases"][0]["name"]),
        (&json!("opened"), &json!("job-1"))
    );
    let close = registry["close"].as_str().unwrap();
    assert!(close.starts_with("ringfence close /subscriptions/") && close.contains(" --lease job-1"));
    // A second try of the same step keeps the one lease.
    says(&scenario.run(&words[..6]), 0, &["open for 198.51.100.7"]);
    says(
        &scenario.run(&["close", "contoso", "--expired"]),
        0,
        &["nothing to close"],
    );
    says(
        &scenario.run(&["close", "contoso", "--lease", "JOB-1"]),
        0,
        &["closed for 198.51.100.7"],
    );
    assert_eq!(state(&scenario), before);
    says(
        &scenario.run(&["close", "contoso", "--lease", "job-1"]),
        0,
        &["nothing to close"],
    );
}

/// The wait is not the time that the access is needed.
#[test]
fn lease_outlasts_the_wait() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let words = ["open", "contoso", "--ip", OWN, "-o", "json"];
    let run = scenario.run(&[&words[..], &["--max-time", "20m", "--wait", "30m"]].concat());
    says(&run, 0, &[]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let until = time(&document["registries"][0]["leases"][0]["until"]);
    let left = until.duration_since(time(&document["created"]));
    assert!((45..=50).contains(&left.as_mins()), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn open_whose_result_is_lost_closes_again() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let before = state(&scenario);
    let words = ["open", "contoso", "--ip", OWN, "--lease", "job-1"];
    let lost = ["-o", "json=/dev/full"];
    let run = scenario.run(&[&words[..], &lost].concat());
    says(&run, 1, &["/dev/full", "closed for 198.51.100.7"]);
    assert_eq!(state(&scenario), before);
    // A close has done its work, and says so.
    says(&scenario.run(&words), 0, &["open for 198.51.100.7"]);
    let close = ["close", "contoso", "--lease", "job-1"];
    let run = scenario.run(&[&close[..], &lost].concat());
    says(&run, 4, &["/dev/full", "closed for 198.51.100.7"]);
    assert_eq!(state(&scenario), before);
    // The exit code of a command is kept.
    let run = with_access(&scenario, &["--ip", OWN, "-o", "json=/dev/full"], "exit 7");
    says(&run, 7, &["/dev/full", "closed for 198.51.100.7"]);
    // One that succeeded has written the registry all the same.
    let run = with_access(&scenario, &["--ip", OWN, "-o", "json=/dev/full"], "exit 0");
    says(&run, 4, &["/dev/full", "closed for 198.51.100.7"]);
}

/// The runner of the first job was killed: its lease is still there after its end.
#[test]
fn expired_leases_are_found_and_closed() {
    let mut left = registry("Disabled", "Allow");
    left["properties"]["publicNetworkAccess"] = json!("Enabled");
    left["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny", "virtualNetworkRules": [],
        "ipRules": [{"action": "Allow", "value": OTHER}, {"action": "Allow", "value": OWN}],
    });
    left["tags"]["ringfence-lease-dead"] =
        json!(format!("until=2026-01-01T00:00:00Z ip={OWN} was=Disabled/Allow"));
    let scenario = scenario(&left);
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    trustedServices: true\n",
        crate::azure_bodies::registry_id("contoso")
    );
    scenario.write("spec.yaml", &spec);
    let audit = scenario.run(&["audit", "spec.yaml"]);
    says(
        &audit,
        2,
        &[
            "198.51.100.7 is still open by the lease dead",
            "ringfence close",
            "--expired",
        ],
    );
    says(
        &scenario.run(&["close", "contoso", "--expired"]),
        0,
        &["closed for 198.51.100.7"],
    );
    let registry = scenario.resource("contoso");
    assert_eq!(registry["tags"], json!({"team": "platform"}));
    assert_eq!(registry["properties"]["publicNetworkAccess"], "Disabled");
    let rules = &registry["properties"]["networkRuleSet"];
    assert_eq!(rules["defaultAction"], "Allow");
    assert_eq!(rules["ipRules"], json!([{"action": "Allow", "value": OTHER}]));
    says(&scenario.run(&["audit", "spec.yaml"]), 0, &[]);
}

#[test]
fn leases_without_a_rule_and_damaged_ones_are_told_as_such() {
    let mut left = registry("Enabled", "Deny");
    left["tags"]["ringfence-lease-dead"] = json!(format!("until=2026-01-01T00:00:00Z ip={OWN}"));
    left["tags"]["ringfence-lease-odd"] = json!("until=soon");
    let scenario = scenario(&left);
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    trustedServices: true\n",
        crate::azure_bodies::registry_id("contoso")
    );
    scenario.write("spec.yaml", &spec);
    let said = [
        "the lease dead, until 2026-01-01T00:00:00Z, has ended, and holds nothing of its own any more",
        "the tag ringfence-lease-odd of a lease cannot be read: `until=soon`",
        // The next step leads to the same service.
        "--expired --sandbox=",
    ];
    says(&scenario.run(&["audit", "spec.yaml"]), 2, &said);
    // What can be closed is closed.
    let odd = "the tag ringfence-lease-odd cannot be read";
    let run = scenario.run(&["close", "contoso", "--expired"]);
    says(&run, 1, &["closed for 198.51.100.7", odd]);
    let tags = json!({"team": "platform", "ringfence-lease-odd": "until=soon"});
    assert_eq!(scenario.resource("contoso")["tags"], tags);
    let run = scenario.run(&["close", "contoso", "--lease", "odd"]);
    says(&run, 1, &["nothing to close", odd, "az tag update --resource-id"]);
    says(&scenario.run(&["close", "contoso", "--lease", "other"]), 0, &[]);
}

/// The address of the job that was killed may be somebody else's by now.
#[test]
fn lease_of_the_name_of_an_ended_one_takes_its_rule_out() {
    let mut left = registry("Enabled", "Deny");
    left["properties"]["networkRuleSet"]["ipRules"] =
        json!([{"action": "Allow", "value": OTHER}, {"action": "Allow", "value": "192.0.2.9"}]);
    left["tags"]["ringfence-lease-job"] = json!("until=2026-01-01T00:00:00Z ip=192.0.2.9");
    let scenario = scenario(&left);
    let open = ["open", "contoso", "--ip", OWN, "--lease", "job"];
    says(&scenario.run(&open), 0, &["open for 198.51.100.7"]);
    let registry = scenario.resource("contoso");
    let rules = registry["properties"]["networkRuleSet"]["ipRules"].to_string();
    assert!(rules.contains(OWN) && !rules.contains("192.0.2.9"), "{rules}");
    let tag = registry["tags"]["ringfence-lease-job"].to_string();
    assert!(tag.ends_with("ip=198.51.100.7\""), "{tag}");
}

/// Its rule admits no one while public access is disabled.
#[test]
fn ended_lease_of_a_closed_registry_is_not_called_open() {
    let mut left = registry("Disabled", "Deny");
    left["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": OWN}]);
    left["tags"]["ringfence-lease-dead"] = json!(format!("until=2026-01-01T00:00:00Z ip={OWN}"));
    let scenario = scenario(&left);
    let audit = scenario.run(&["audit", "--registry", "contoso"]);
    let told = "has left the rule of 198.51.100.7, which admits no one as access is set now";
    says(&audit, 2, &["RF037", told, "--expired --sandbox="]);
    assert!(!audit.stdout.contains("still open"), "{}", audit.stdout);
}

/// The spec lists every rule, and the job needs its own until it ends.
#[test]
fn apply_leaves_the_rule_of_a_running_lease_alone() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    ipRules: [203.0.113.26]\n",
        crate::azure_bodies::registry_id("contoso")
    );
    scenario.write("spec.yaml", &spec);
    let words = ["open", "contoso", "--ip", OWN, "--lease", "job"];
    says(&scenario.run(&words), 0, &[]);
    let apply = ["apply", "spec.yaml", "--yes", "--override", "removals"];
    let said = "`198.51.100.7` stays while it is open by the lease job, until";
    says(&scenario.run(&apply), 0, &[said, "applied and verified"]);
    let ips = |scenario: &Scenario| {
        scenario.resource("contoso")["properties"]["networkRuleSet"]["ipRules"].to_string()
    };
    assert!(ips(&scenario).contains(OWN) && !ips(&scenario).contains(OTHER));
    says(&scenario.run(&["audit", "spec.yaml"]), 0, &[]);
    // Once its time is over, the rule is drift and goes.
    let mut state = scenario.state();
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["name"] == "contoso" {
            resource["tags"]["ringfence-lease-job"] =
                json!(format!("until=2026-01-01T00:00:00Z ip={OWN}"));
        }
    }
    scenario.seed_state(&state);
    says(&scenario.run(&apply), 0, &["- 198.51.100.7"]);
    assert!(!ips(&scenario).contains(OWN));
}

#[test]
fn mistakes_are_usage_errors() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    for words in [
        &["close", "contoso"][..],
        &["close", "contoso", "--lease", "a", "--expired"],
        &["open", "contoso", "--lease", "a b"],
        &["open", "contoso", "--ip", "::1"],
        &["with-access", "contoso"],
    ] {
        assert_eq!(scenario.run(words).code, 64, "{words:?}");
    }
}
