//! Reads of many registries: how many requests they take, and what happens where a list does not show everything.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::virtual_network::vnet_body;

/// Names of registries in the order of a list.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("fleet{number:02}")).collect()
}

/// A spec that wants one more address of these registries.
fn spec_of(names: &[String]) -> String {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in names {
        spec += &format!("  - id: {}\n    ipRules: [203.0.113.9]\n", registry_id(name));
    }
    spec
}

fn scenario(wanted: &[String], live: usize) -> Scenario {
    let live: Vec<Value> = names(live).iter().map(|name| premium_registry(name)).collect();
    Scenario::new(&spec_of(wanted), &live)
}

/// Returns the number of lists and of reads of single registries of the last run.
fn lists_and_reads(scenario: &Scenario) -> (usize, usize) {
    let mut counts = (0, 0);
    for (method, path) in scenario.requests() {
        assert_eq!(method, "GET", "{path}");
        match path.ends_with("/registries") {
            true => counts.0 += 1,
            false => counts.1 += 1,
        }
    }
    counts
}

/// Plans, and checks that every registry of the spec is planned.
fn plan(scenario: &Scenario, more: &[&str], registries: usize) -> Run {
    let run = scenario.run(&[&["plan", "spec.yaml", "-o", "json"], more].concat());
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    assert_eq!(
        plan["registries"].as_array().map(Vec::len),
        Some(registries),
        "{}",
        run.stderr
    );
    run
}

#[test]
fn registries_of_one_group_cost_one_list() {
    let scenario = scenario(&names(12), 12);
    plan(&scenario, &[], 12);
    assert_eq!(lists_and_reads(&scenario), (1, 0));
}

#[test]
fn three_registries_are_read_one_by_one() {
    let scenario = scenario(&names(3), 12);
    plan(&scenario, &[], 3);
    assert_eq!(lists_and_reads(&scenario), (0, 3));
}

#[test]
fn each_write_rests_on_a_read_of_its_registry() {
    let scenario = scenario(&names(12), 12);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let requests = scenario.requests();
    assert_eq!(requests.len(), 1 + 3 * 12, "{requests:?}");
    for name in names(12) {
        let mut own = requests.iter().filter(|(_, path)| path.ends_with(&name));
        let methods = own.by_ref().map(|(method, _)| method.as_str());
        assert_eq!(methods.collect::<Vec<_>>(), ["GET", "PATCH", "GET"], "{name}");
    }
}

/// The pages have five registries. The wanted ones stand in the first two of eight pages.
#[test]
fn a_list_is_left_once_it_does_not_pay() {
    let mut wanted = names(40);
    wanted.retain(|name| {
        ["fleet00", "fleet01", "fleet03", "fleet06", "fleet35", "fleet39"].contains(&&**name)
    });
    let scenario = scenario(&wanted, 40);
    scenario.write("conditions.json", &json!({"pageSize": 5}).to_string());
    plan(&scenario, &["--conditions", "conditions.json"], 6);
    assert_eq!(
        lists_and_reads(&scenario),
        (1, 3),
        "three are found and three are left"
    );
    let scenario = self::scenario(&names(40), 40);
    scenario.write("conditions.json", &json!({"pageSize": 5}).to_string());
    plan(&scenario, &["--conditions", "conditions.json"], 40);
    assert_eq!(lists_and_reads(&scenario), (8, 0));
}

#[test]
fn a_list_that_may_not_be_read_stops_nothing() {
    for fault in [json!(403), json!("garbage")] {
        let scenario = scenario(&names(5), 5);
        let path = "/subscriptions/*/resourceGroups/*/providers/Microsoft.ContainerRegistry/registries";
        let faults = json!([{"match": {"method": "GET", "path": path}, "fault": fault}]);
        scenario.write("faults.json", &faults.to_string());
        plan(&scenario, &["--faults", "faults.json"], 5);
        assert_eq!(lists_and_reads(&scenario), (1, 5), "{fault}");
    }
}

#[test]
fn a_registry_that_no_list_shows_is_read_for_the_reason() {
    let scenario = scenario(&names(6), 5);
    let run = plan(&scenario, &[], 5);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        plan["failures"][0]["error"]["code"], "ResourceNotFound",
        "{}",
        plan["failures"]
    );
    assert_eq!(lists_and_reads(&scenario), (1, 1));
}

#[test]
fn a_log_says_which_way_was_taken() {
    let scenario = scenario(&names(5), 5);
    let run = plan(&scenario, &["-v"], 5);
    assert!(run.stderr.contains("from a list"), "{}", run.stderr);
}

/// Ids of the registries that a run has planned.
fn planned(run: &Run) -> Vec<String> {
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    let registries = plan["registries"].as_array().expect("a list").iter();
    registries
        .map(|registry| registry["id"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn shards_share_a_spec_by_subscription() {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for number in 0..20 {
        spec += &format!(
            "  - {{name: fleet{number:02}, resourceGroup: rg, subscription: 00000000-0000-4000-8000-{:012}, trustedServices: true}}\n",
            number / 2
        );
    }
    let scenario = Scenario::new(&spec, &[]);
    let all = planned(&scenario.run_plain(&["plan", "spec.yaml", "--sandbox", "-o", "json"]));
    let mut shared = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let run =
            scenario.run_plain(&["plan", "spec.yaml", "--sandbox", "-o", "json", "--shard", shard]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stderr
                .contains("of 20 registries, by --only, --except or --shard"),
            "{}",
            run.stderr
        );
        shared.extend(planned(&run));
    }
    assert_eq!(all.len(), 20);
    shared.sort();
    assert_eq!(shared, all);
}

/// Asserts that no output of an empty shard says of a registry that it needs nothing.
fn nothing_is_called_unchanged(scenario: &Scenario, shard: &str) {
    for format in ["text", "table", "markdown"] {
        for command in [&["plan"][..], &["apply", "--yes"]] {
            let more = ["spec.yaml", "--shard", shard, "-o", format];
            let run = scenario.run(&[command, &more].concat());
            let told = run.stdout.to_lowercase();
            assert!(told.contains("no registry was chosen"), "{format}: {told}");
            assert!(!told.contains("no changes"), "{format}: {told}");
            assert!(!told.contains("up to date"), "{format}: {told}");
        }
    }
}

#[test]
fn an_empty_shard_is_no_error_and_a_wrong_one_is() {
    let scenario = scenario(&names(2), 2);
    let mut empty = 0;
    for shard in ["1/2", "2/2"] {
        let run = scenario.run(&["plan", "spec.yaml", "--shard", shard]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        if scenario.requests().is_empty() {
            empty += 1;
            nothing_is_called_unchanged(&scenario, shard);
        }
    }
    assert_eq!(empty, 1);
    let run = scenario.run(&["plan", "spec.yaml", "--shard", "3/2"]);
    assert_eq!(run.code, 64, "{}", run.stderr);
    assert!(run.stderr.contains("such as `2/4`"), "{}", run.stderr);
}

/// Two registries that each admit another subnet of one network. The spec names no subnet.
#[test]
fn audit_reads_the_subnets_of_one_network_with_one_request() {
    let mut resources = vec![vnet_body(&[subnet_id("hub", "build"), subnet_id("hub", "test")])];
    for (name, subnet) in [("fleet00", "build"), ("fleet01", "test")] {
        let mut registry = premium_registry(name);
        registry["properties"]["networkRuleSet"] = json!({
            "defaultAction": "Deny",
            "ipRules": [],
            "virtualNetworkRules":
                [{"action": "Allow", "virtualNetworkSubnetResourceId": subnet_id("hub", subnet).as_str()}]
        });
        resources.push(registry);
    }
    let scenario = Scenario::new(&spec_of(&names(2)), &resources);
    let run = scenario.run(&["audit", "spec.yaml", "--exit-zero", "-v"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut about_network = scenario.requests();
    about_network.retain(|(_, path)| path.contains("/virtualNetworks/"));
    assert_eq!(about_network.len(), 1, "{about_network:?}");
    assert!(
        run.stderr.contains("subnets from their network"),
        "{}",
        run.stderr
    );
}

/// A list may be older than a read, so what needs nothing by it is not called verified.
#[test]
fn apply_that_rests_on_a_list_says_so() {
    let scenario = scenario(&names(5), 5);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    let told = "5 registries as a list shows, not read again.";
    let run = scenario.run(&[
        "apply",
        "spec.yaml",
        "--yes",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ]);
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(
        [&report["summary"]["shown"], &report["summary"]["verified"]],
        [5, 0]
    );
    assert_eq!(report["registries"][0]["proof"], "list");
    // A saved plan is older, so each registry is read by itself.
    assert_eq!(
        scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]).code,
        0
    );
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(lists_and_reads(&scenario), (0, 5));
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["verified"], 5);
    assert_eq!(report["registries"][0].get("proof"), None);
}
