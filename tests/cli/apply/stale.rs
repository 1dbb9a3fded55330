//! A registry that changes between the plan and the write.

use serde_json::{Value, json};

use std::io::Write as _;

use ringfence::sandbox::{Fault, Options};

use super::apply_run::{DENY, contoso, denying, expect, ips, only_read, ready_vnet, rules, with_subnet};
use super::sandbox_in_test::{Azure, Running, is_processed, report_when};
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::terminal::emulator as terminal;
use crate::virtual_network::vnet_body;

/// Saves the plan of a scenario and then puts another registry in its place.
fn planned_then(lines: &str, now: &Value) -> Scenario {
    let scenario = contoso(lines);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    scenario.seed(std::slice::from_ref(now));
    scenario
}

#[test]
fn registry_changed_since_the_plan_is_not_written() {
    let scenario = planned_then(DENY, &denying("contoso", &["198.51.100.1"], false));
    let before = scenario.read("state.json");
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"]);
    expect(
        &run,
        3,
        &[
            "stale-plan",
            "networkRuleSet.defaultAction",
            "networkRuleSet.ipRules",
            "nothing was written",
        ],
    );
    only_read(&scenario);
    assert_eq!(scenario.read("state.json"), before);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["registries"][0]["refusals"][0]["code"], "stale-plan");
    assert_eq!(report["summary"]["written"], false);
    assert!(
        !scenario.path(".ringfence").exists(),
        "no snapshot of a state that is not written"
    );
}

/// A setting that is not part of the plan's basis may change.
#[test]
fn unrelated_change_does_not_stop_a_saved_plan() {
    let mut now = premium_registry("contoso");
    now["tags"] = json!({"team": "platform"});
    now["properties"]["dataEndpointEnabled"] = json!(true);
    let scenario = planned_then(DENY, &now);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
    assert_eq!(scenario.resource("contoso")["tags"], json!({"team": "platform"}));
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
}

#[test]
fn registry_changed_during_subnet_writes_is_not_written() {
    let scenario = with_subnet(DENY);
    let azure = Azure::serve_slowly(&scenario);
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&azure.polled);
    azure.put(denying("contoso", &["198.51.100.1"], false));
    azure.let_operations_end();
    let run = running.end();
    expect(
        &run,
        4,
        &[
            "failed     PATCH the registry",
            "error[stale-plan]: the plan is stale",
            "networkRuleSet.ipRules",
            "run plan again",
        ],
    );
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["registries"][0]["steps"][0]["outcome"], "done");
    assert_eq!(report["registries"][0]["steps"][1]["outcome"], "failed");
    assert!(scenario.requests().iter().all(|(method, _)| method != "PATCH"));
    azure.stop();
    assert_eq!(ips(&scenario), ["198.51.100.1"]);
    assert_eq!(rules(&scenario)["virtualNetworkRules"], json!([]));
}

/// The registry may change while the user decides.
#[test]
fn registry_is_read_again_after_the_prompt() {
    for (changes, code) in [(false, 0), (true, 3)] {
        let scenario = contoso(DENY);
        let azure = Azure::serve(&scenario, Options::default());
        let (mut master, typed) = terminal::open();
        let mut command = azure.command(&scenario, &["apply", "spec.yaml"]);
        let mut running = Running::start(command.stdin(typed));
        running.wait_for("Apply to 1 registry: contoso?");
        running.wait_for("Only `yes` is taken as an answer:");
        if changes {
            azure.put(denying("contoso", &["198.51.100.1"], false));
        }
        master.write_all(b"yes\n").unwrap();
        expect(
            &running.end(),
            code,
            if changes {
                &["stale-plan"]
            } else {
                &["203.0.113.7"]
            },
        );
        let patched = scenario.requests().iter().any(|(method, _)| method == "PATCH");
        assert_eq!(patched, !changes);
    }
}

/// A registry that was read first may change while the others are read.
#[test]
fn registry_changed_during_other_reads_is_not_overwritten() {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n{DENY}  - id: {}\n{DENY}",
        registry_id("contoso"),
        registry_id("fabrikam")
    );
    let scenario = Scenario::new(
        &spec,
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    );
    let (on_request, read) =
        report_when(|event| is_processed(event, "GET") && event.path.ends_with("/registries/contoso"));
    let options = Options {
        on_request: Some(on_request),
        faults: vec![Fault::status(503).method("GET").path("/registries/fabrikam")],
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&read);
    azure.put(denying("contoso", &["198.51.100.1"], false));
    azure.let_faults_end();
    expect(&running.end(), 4, &["stale-plan", "networkRuleSet.ipRules"]);
    azure.stop();
    assert_eq!(ips(&scenario), ["198.51.100.1"], "not overwritten");
    assert_eq!(
        scenario.resource("fabrikam")["properties"]["networkRuleSet"]["defaultAction"],
        "Deny",
        "the other one goes on"
    );
}

/// The registry may change after its read, while a slow subnet is read.
#[test]
fn registry_changed_during_a_subnet_read_is_not_overwritten() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[denying("contoso", &[], false), ready_vnet()]);
    let (on_request, read) =
        report_when(|event| is_processed(event, "GET") && event.path.ends_with("/subnets/build"));
    let options = Options {
        on_request: Some(on_request),
        faults: vec![Fault::status(503).method("GET").path("/subnets/build")],
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let mut running = Running::start(&mut azure.command(&scenario, &["apply", "spec.yaml", "--yes"]));
    running.wait_until(&read);
    azure.put(denying("contoso", &["198.51.100.1"], false));
    azure.let_faults_end();
    expect(&running.end(), 3, &["stale-plan", "networkRuleSet.ipRules"]);
    azure.stop();
    assert_eq!(ips(&scenario), ["198.51.100.1"]);
}

/// A subnet rule may be missing because another client wrote. Then the other key is not tried.
#[test]
fn foreign_write_right_after_ours_is_not_overwritten() {
    let spec = spec_of(&format!("    subnets: [{}]\n", subnet_id("hub", "build")));
    let scenario = Scenario::new(&spec, &[denying("contoso", &[], false), ready_vnet()]);
    let (on_request, patched) = report_when(|event| is_processed(event, "PATCH"));
    let read_back = Fault::status(503).method("GET").path("/registries/contoso");
    let options = Options {
        on_request: Some(on_request),
        faults: [3, 4, 5, 6].map(|nth| read_back.clone().nth(nth)).into(),
        either_subnet_key: true,
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let mut running = Running::start(&mut azure.command(&scenario, &["apply", "spec.yaml", "--yes"]));
    running.wait_until(&patched);
    azure.put(denying("contoso", &["198.51.100.1"], false));
    azure.let_faults_end();
    expect(&running.end(), 4, &["lacks `"]);
    azure.stop();
    assert_eq!(ips(&scenario), ["198.51.100.1"]);
}

/// The public address of the clients of `hub/build`.
const EGRESS: &str = "198.51.100.8";

/// A spec that gives `contoso` the address of the subnet, and expects this of the subnet.
fn expecting(expected: &str) -> String {
    format!(
        "version: 1\nsubnets:\n  hb: {{id: {}, egress: [{EGRESS}]}}\nregistries:\n  - {{id: {}, ipRules: [192.0.2.1, \
         {EGRESS}], expect: {{{expected}: [hb]}}}}\n",
        subnet_id("hub", "build"),
        registry_id("contoso"),
    )
}

fn off_vnet() -> Value {
    vnet_body(&[subnet_id("hub", "build")])
}

/// The answer to a subnet may rest on the subnet alone, which no setting of the registry shows.
#[test]
fn saved_plan_is_stale_once_an_expected_subnet_has_changed() {
    let endpoint = |words: &str| format!("the service endpoint of `hub/build` {words}");
    let subnet = |words: &str| format!("subnet `hub/build` {words}");
    let none = Vec::new;
    let rows = [
        (
            "deny",
            vec![ready_vnet()],
            vec![off_vnet()],
            endpoint("was on and is off"),
        ),
        (
            "allow",
            vec![off_vnet()],
            vec![ready_vnet()],
            endpoint("was off and is on"),
        ),
        (
            "deny",
            none(),
            vec![off_vnet()],
            subnet("did not exist and does now"),
        ),
        (
            "deny",
            none(),
            vec![ready_vnet()],
            subnet("did not exist and does now"),
        ),
        (
            "deny",
            vec![ready_vnet()],
            none(),
            subnet("existed and does not any more"),
        ),
    ];
    for (expected, before, after, changed) in rows {
        for now in [
            denying("contoso", &["192.0.2.1"], false),
            // The registry is as planned already.
            denying("contoso", &["192.0.2.1", EGRESS], false),
        ] {
            let registry = denying("contoso", &["192.0.2.1"], false);
            let scenario = Scenario::new(&expecting(expected), &[&[registry], &before[..]].concat());
            let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
            expect(&scenario.run(&plan), 0, &[]);
            scenario.seed(&[&[now], &after[..]].concat());
            let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
            let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("the plan is stale: {changed}")), "{text}");
            expect(&run, 3, &["run plan again", "Nothing was written"]);
            only_read(&scenario);
        }
    }
}

/// A plan of two registries is checked as a whole, the subnet whose endpoint it turns on included.
#[test]
fn saved_plan_is_stale_once_a_wanted_subnet_is_gone() {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n{DENY}  - id: {}\n    subnets: [{}]\n",
        registry_id("contoso"),
        registry_id("fabrikam"),
        subnet_id("hub", "build")
    );
    let registries = ["contoso", "fabrikam"].map(premium_registry);
    let scenario = Scenario::new(&spec, &[&registries[..], &[off_vnet()]].concat());
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 0, &[]);
    scenario.seed(&registries);
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    expect(&run, 3, &["existed and does not any more", "Nothing was written"]);
    only_read(&scenario);
}

/// A subnet that is gone is still gone.
#[test]
fn saved_plan_holds_while_an_expected_subnet_does_not_exist() {
    let registry = denying("contoso", &["192.0.2.1"], false);
    let scenario = Scenario::new(&expecting("deny"), &[registry]);
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 0, &[]);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
}

/// The endpoint may change while the user decides.
#[test]
fn endpoints_are_read_again_after_the_prompt() {
    for (changes, code) in [(false, 0), (true, 3)] {
        let registry = denying("contoso", &["192.0.2.1"], false);
        let scenario = Scenario::new(&expecting("deny"), &[registry, ready_vnet()]);
        let azure = Azure::serve(&scenario, Options::default());
        let (mut master, typed) = terminal::open();
        let mut command = azure.command(&scenario, &["apply", "spec.yaml"]);
        let mut running = Running::start(command.stdin(typed));
        running.wait_for("Only `yes` is taken as an answer:");
        if changes {
            azure.put(off_vnet());
        }
        master.write_all(b"yes\n").unwrap();
        let words: &[&str] = if changes {
            &["stale-plan", "was on and is off"]
        } else {
            &[]
        };
        expect(&running.end(), code, words);
        let patched = scenario.requests().iter().any(|(method, _)| method == "PATCH");
        assert_eq!(patched, !changes);
    }
}

/// Subnets of one network come with one request, those whose endpoint the run turns on included.
#[test]
fn saved_plan_reads_the_subnets_of_a_network_together() {
    let subnets = ["build", "deploy", "test"].map(|name| subnet_id("hub", name));
    let list: Vec<&str> = subnets.iter().map(|id| id.as_str()).collect();
    let mut vnet = vnet_body(&subnets);
    let endpoint = ready_vnet()["properties"]["subnets"][0]["properties"]["serviceEndpoints"].clone();
    for at in [0, 1] {
        vnet["properties"]["subnets"][at]["properties"]["serviceEndpoints"] = endpoint.clone();
    }
    let lines = format!("    ipRules: [203.0.113.7]\n    subnets: [{}]\n", list.join(", "));
    let registry = denying("contoso", &["203.0.113.7"], false);
    let scenario = Scenario::new(&spec_of(&lines), &[registry, vnet]);
    let plan = ["plan", "spec.yaml", "-o", "json=plan.json"];
    expect(&scenario.run(&plan), 0, &[]);
    expect(&scenario.run(&["apply", "--plan", "plan.json", "--yes"]), 0, &[]);
    let mut reads = Vec::new();
    for (method, path) in scenario.requests() {
        let (_, name) = path.rsplit_once('/').unwrap();
        if method == "GET" && name != "contoso" && !path.contains("/operations/") {
            reads.push(name.to_owned());
        }
    }
    assert_eq!(reads, ["subnets"]);
}
