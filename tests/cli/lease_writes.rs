//! Writes of `open` and `with-access` that are refused, or that end half way, through the built binary.

use serde_json::json;

use crate::access::{OTHER, OWN, registry, says, scenario, state, with_access, writes};
use crate::leases::OPEN;

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
    ];
    says(&scenario.run(&open), 3, &told);
    let left = scenario.resource("contoso")["properties"].clone();
    assert_eq!(left["publicNetworkAccess"], "Disabled");
    assert_eq!(scenario.resource("contoso")["tags"], json!({"team": "platform"}));
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
