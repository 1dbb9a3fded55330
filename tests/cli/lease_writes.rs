//! Writes of `open` and `with-access` that are refused, or that end half way, through the built binary.

use serde_json::{Value, json};

use crate::access::{OTHER, OWN, registry, says, scenario, state, with_access, writes};
use crate::apply::apply_run::ready_vnet;
use crate::azure_bodies::subnet_id;
use crate::leases::OPEN;
use crate::ringfence_binary::{Run, Scenario};

const LATER: &str = "2999-01-01T00:00:00Z";

/// Its value is the only trace of the rules that its job added.
#[test]
fn open_does_not_overwrite_a_damaged_tag() {
    let mut damaged = registry("Enabled", "Deny");
    damaged["tags"] = json!({"Ringfence-Lease-Job": format!("until=soon ip={OTHER}")});
    let scenario = scenario(&damaged);
    let before = state(&scenario);
    let told = [
        "the tag Ringfence-Lease-Job of a lease cannot be read",
        "az tag update --resource-id",
        "--lease NAME",
    ];
    says(&scenario.run(&OPEN), 3, &told);
    assert_eq!((state(&scenario), writes(&scenario).len()), (before, 0));
    let other = ["open", "contoso", "--ip", OWN, "--lease", "other"];
    says(&scenario.run(&other), 0, &["open for"]);
}

/// The write itself gains the rule here, as where a run adds one in the same moment.
#[test]
fn rule_beside_the_write_of_a_private_lease_closes_it() {
    let mut private = registry("Disabled", "Deny");
    private["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let scenario = scenario(&private);
    let rules = json!([{"action": "Allow", "value": OTHER}, {"action": "Allow", "value": OWN}]);
    let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
    let first = json!({"method": "PATCH", "nth": 1});
    let fault = json!([{"match": first, "fault": "policy-modify", "set": set}]);
    scenario.write("faults.json", &fault.to_string());
    let open = [&OPEN[..], &["--allow-public-access", "--faults", "faults.json"]].concat();
    let told = [
        "enabling it admits others too: its rules 203.0.113.25",
        "closed for",
        "has `203.0.113.25`, which was neither there nor sent",
    ];
    says(&scenario.run(&open), 4, &told);
    let left = scenario.resource("contoso")["properties"].clone();
    assert_eq!(left["publicNetworkAccess"], "Disabled");
    assert_eq!(scenario.resource("contoso")["tags"], json!({"team": "platform"}));
}

/// Runs a shell script beside one sandbox that sees this machine at [`OWN`]. `$0` is the binary.
fn beside_one_sandbox(scenario: &Scenario, script: &str) -> Run {
    let sandbox = ["sandbox", "--state", "state.json", "--client-ip", OWN];
    let faults = ["--faults", "faults.json", "--conditions", "conditions.json"];
    let shell = ["--", "/bin/sh", "-c", script, env!("CARGO_BIN_EXE_ringfence")];
    scenario.run_plain(&[&sandbox[..], &faults, &shell].concat())
}

/// Another writer gives up the wait for its operation, and the registry stays `Updating` until that has ended.
#[test]
fn write_of_another_is_waited_out() {
    let other = "$0 rule add -n contoso --ip-address 192.0.2.99 --timeout 1s -o text";
    let close = "$0 close contoso --lease job";
    let with_access = "$0 with-access contoso --lease job -- /bin/true";
    let rows = [
        (2, format!("$0 open contoso --lease job && ! {other} && {close}")),
        (1, format!("! {other} && {with_access}")),
    ];
    for (nth, script) in rows {
        let fault = json!({"match": {"method": "PATCH", "nth": nth}, "fault": "lro", "polls": 1000});
        let scenario = faulty(&registry("Enabled", "Deny"), &json!([fault]));
        scenario.write("conditions.json", r#"{"operationTime": "4s"}"#);
        let run = beside_one_sandbox(&scenario, &script);
        says(&run, 0, &["did not end within 1s", "closed for 198.51.100.7"]);
        let left = scenario.resource("contoso");
        assert_eq!(left["tags"], json!({"team": "platform"}));
        let rules = left["properties"]["networkRuleSet"]["ipRules"].to_string();
        assert!(!rules.contains(OWN), "{rules}");
    }
}

/// The write is made again, or found to be there.
#[test]
fn write_whose_operation_fails_once_is_no_failure() {
    for fault in ["lro-failed", "garbage"] {
        let scenario = scenario(&registry("Enabled", "Deny"));
        let before = state(&scenario);
        let faults = json!([{"match": {"method": "PATCH", "nth": [1, 3]}, "fault": fault}]);
        scenario.write("faults.json", &faults.to_string());
        let run = with_access(&scenario, &["--ip", OWN, "--faults", "faults.json"], "exit 0");
        says(&run, 0, &["open for 198.51.100.7", "closed for 198.51.100.7"]);
        assert_eq!(state(&scenario), before, "{fault}");
    }
}

/// Nothing was opened, so nothing was closed either.
#[test]
fn job_that_may_not_write_closes_nothing() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let faults = json!([{"match": {"method": "PATCH"}, "fault": 403, "code": "AuthorizationFailed"}]);
    scenario.write("faults.json", &faults.to_string());
    let run = scenario.run(&[&OPEN[..], &["--faults", "faults.json"]].concat());
    says(&run, 1, &["AuthorizationFailed", "nothing to close"]);
}

/// The registry has no room for another rule.
#[test]
fn open_over_the_limit_of_rules_names_a_next_step() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    scenario.write("conditions.json", &json!({"ipRuleLimit": 1}).to_string());
    let before = state(&scenario);
    let run = scenario.run(&[&OPEN[..], &["--conditions", "conditions.json"]].concat());
    let told = [
        "exceeds allowed quota 1",
        "help: fix what Azure names",
        "/registries/contoso --expired",
        "nothing to close",
    ];
    says(&run, 1, &told);
    assert_eq!(state(&scenario), before);
}

/// A policy adds a rule to the write, or takes out one of somebody else. Neither is the doing of another writer.
#[test]
fn rules_that_a_policy_changes_in_the_write_are_told() {
    let rows: [(&[&str], &str); 2] = [
        (
            &[OTHER, OWN, "192.0.2.99"],
            "has `192.0.2.99`, which was neither there nor sent",
        ),
        (&[OWN], "lost `203.0.113.25`, which was to stay"),
    ];
    for (ips, told) in rows {
        let scenario = scenario(&registry("Enabled", "Deny"));
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
        let fault = json!([{"match": {"method": "PATCH"}, "fault": "policy-modify", "set": set}]);
        scenario.write("faults.json", &fault.to_string());
        let run = scenario.run(&[&OPEN[..], &["--faults", "faults.json"]].concat());
        says(&run, 4, &["open for", told, "an Azure Policy with effect Modify"]);
        assert!(!run.stdout.contains("another writer"), "{}", run.stdout);
        assert_eq!(writes(&scenario).len(), 1);
    }
}

/// Returns a scenario with this registry and faults.
fn faulty(registry: &Value, faults: &Value) -> Scenario {
    let scenario = scenario(registry);
    scenario.write("faults.json", &faults.to_string());
    scenario
}

/// The lease fails on one of its own rules, and what its writes did to others stays after its close.
#[test]
fn failed_lease_tells_what_a_policy_did_to_others() {
    let rows: [(&str, &str, Value, &[&str]); 2] = [
        (
            "Enabled",
            "Deny",
            json!({"networkRuleSet": {"ipRules": [{"action": "Allow", "value": "192.0.2.99"}]}}),
            &[
                "`networkRuleSet.ipRules` lacks `198.51.100.7`",
                "lost `203.0.113.25`, which was to stay",
                "has `192.0.2.99`, which was neither there nor sent",
            ],
        ),
        (
            "Disabled",
            "Deny",
            json!({"networkRuleSet": {"defaultAction": "Allow"}}),
            &[
                "`networkRuleSet.defaultAction` is \"Allow\", not \"Deny\"",
                "another writer or an Azure Policy",
            ],
        ),
    ];
    for (public, action, properties, told) in rows {
        let mut registry = registry(public, action);
        if public == "Disabled" {
            registry["properties"]["networkRuleSet"]["ipRules"] = json!([]);
        }
        let fault = json!([{"match": {"method": "PATCH"}, "fault": "policy-modify", "set": {"properties": properties}}]);
        for quiet in [&[][..], &["-q"]] {
            let flags = ["--allow-public-access", "--faults", "faults.json"];
            let open = [&OPEN[..], &flags[..], quiet].concat();
            says(&faulty(&registry, &fault).run(&open), 4, told);
            let flags = [&["--ip", OWN], &flags[..], quiet].concat();
            let run = with_access(&faulty(&registry, &fault), &flags, "exit 0");
            says(&run, 4, told);
        }
    }
}

/// Azure refuses the list of subnets, so the write leaves it out, and the service clears it.
#[test]
fn subnet_rule_that_a_write_without_its_list_loses_is_told() {
    let subnet = subnet_id("hub", "build").to_string();
    let mut registry = registry("Enabled", "Deny");
    registry["properties"]["networkRuleSet"]["virtualNetworkRules"] =
        json!([{"action": "Allow", "id": subnet}]);
    let conditions = json!({"deniedJoins": [subnet], "omittedListsClear": true});
    let flags = ["--conditions", "conditions.json"];
    let told = [
        "lost `/subscriptions/",
        "which was to stay",
        "ringfence rule add -n /subscriptions/",
        "--subnet /subscriptions/",
    ];
    for close in [false, true] {
        let scenario = Scenario::new("", &[registry.clone(), ready_vnet()]);
        scenario.write("conditions.json", &conditions.to_string());
        if close {
            says(&scenario.run(&OPEN), 0, &["open for"]);
            let close = ["close", "contoso", "--lease", "job"];
            says(&scenario.run(&[&close[..], &flags].concat()), 4, &told);
        } else {
            says(&scenario.run(&[&OPEN[..], &flags].concat()), 4, &told);
        }
        let left = &scenario.resource("contoso")["properties"]["networkRuleSet"];
        assert!(
            !left["virtualNetworkRules"].to_string().contains("build"),
            "{left}"
        );
    }
}

/// Without its tag, nothing would find the rule of a killed job.
#[test]
fn lease_whose_tag_a_policy_takes_out_is_closed_after_three_writes() {
    let edited = format!("until={LATER} ip=192.0.2.99");
    let rows = [
        (json!(null), "the registry lacks the tag `ringfence-lease-job`"),
        (
            json!(edited),
            "the tag `ringfence-lease-job` is `until=2999-01-01T00:00:00Z ip=192.0.2.99`, not",
        ),
    ];
    for (tag, told) in rows {
        let scenario = scenario(&registry("Enabled", "Deny"));
        let before = state(&scenario);
        let set = json!({"tags": {"ringfence-lease-job": tag}});
        let opens = json!({"method": "PATCH", "nth": [1, 2, 3]});
        let fault = json!([{"match": opens, "fault": "policy-modify", "set": set}]);
        scenario.write("faults.json", &fault.to_string());
        let run = scenario.run(&[&OPEN[..], &["--faults", "faults.json"]].concat());
        says(
            &run,
            1,
            &[told, "an Azure Policy with effect Modify", "closed for"],
        );
        assert_eq!(writes(&scenario).len(), 4);
        assert_eq!(state(&scenario), before);
    }
}

/// Another lease has enabled public access, and somebody added a rule since.
#[test]
fn second_lease_does_not_keep_public_access_for_others() {
    let mut open = registry("Enabled", "Deny");
    open["tags"] =
        json!({"ringfence-lease-one": format!("until={LATER} ip=192.0.2.44 was=Disabled/Deny")});
    let scenario = scenario(&open);
    let told = [
        "public access of contoso is enabled for other leases alone",
        "--allow-public-access",
    ];
    says(&scenario.run(&OPEN), 3, &told);
    let open = [&OPEN[..], &["--allow-public-access"]].concat();
    says(&scenario.run(&open), 3, &["enabling it admits others too", OTHER]);
    assert_eq!(writes(&scenario).len(), 0);
}

/// The tag stays, so the exit code is not that of a run which wrote nothing.
#[test]
fn job_that_can_neither_open_nor_close_is_partial() {
    let scenario = scenario(&registry("Enabled", "Deny"));
    let rules = json!([{"action": "Allow", "value": OTHER}]);
    let set = json!({"properties": {"networkRuleSet": {"ipRules": rules}}});
    let faults = json!([
        {"match": {"method": "PATCH", "nth": 1}, "fault": "policy-modify", "set": set},
        {"match": {"method": "PATCH", "nth": [2, 3, 4, 5, 6, 7, 8, 9]}, "fault": 403},
    ]);
    scenario.write("faults.json", &faults.to_string());
    let run = with_access(&scenario, &["--ip", OWN, "--faults", "faults.json"], "echo ran");
    says(&run, 4, &["the close has not come to its end"]);
    assert!(!run.stdout.contains("ran"), "{}", run.stdout);
    assert!(
        scenario.resource("contoso")["tags"]
            .to_string()
            .contains("ringfence-lease-")
    );
}
