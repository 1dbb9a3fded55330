//! Writes of service endpoints: whose they are, and what is left of them where the registry is not written.

use std::path::PathBuf;
use std::time::Duration;

use ringfence::sandbox::{Fault, Options};
use serde_json::{Value, json};

use super::apply_run::{
    DENY, apply, count, denying, expect, fault, ips, nth, patch, ready_vnet, two, with_subnet,
};
use super::sandbox_in_test::{Azure, Running, is_processed, report_when};
use crate::azure_bodies::{premium_registry, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

fn subnet_put(body: Value) -> Value {
    fault("PUT", "/subnets/build", body)
}

/// The record of the one registry in the folder `kept`.
fn record_file(scenario: &Scenario) -> PathBuf {
    for entry in std::fs::read_dir(scenario.path("kept")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "left") {
            return path;
        }
    }
    panic!("no record");
}

/// Applies while another writer turns the endpoint on and writes the registry with these IP rules. The PUT of this run
/// meets that as 409 and then 412. The rival keeps its record in the same folder, as the run 1.
fn beside_a_rival(scenario: &Scenario, ips: &[&str]) -> Run {
    let (on_request, busy) = report_when(|event| is_processed(event, "PUT"));
    let options = Options {
        faults: vec![Fault::status(409).method("PUT")],
        on_request: Some(on_request),
        ..Options::default()
    };
    let azure = Azure::serve(scenario, options);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--snapshots",
        "kept",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ];
    let mut running = Running::start(&mut azure.command(scenario, &words));
    running.wait_until(&busy);
    let record = record_file(scenario);
    let begun = std::fs::read_to_string(&record).unwrap();
    let mut rival: Value = serde_json::from_str(&begun).unwrap();
    rival["run"] = json!("1");
    std::fs::write(&record, rival.to_string()).unwrap();
    let mut network = ready_vnet();
    network["etag"] = json!("W/\"rival\"");
    azure.put(network);
    azure.put(denying("contoso", ips, true));
    azure.let_faults_end();
    let run = running.end();
    azure.stop();
    run
}

#[test]
fn endpoint_of_a_faster_writer_is_not_claimed() {
    let scenario = with_subnet(DENY);
    let run = beside_a_rival(&scenario, &["198.51.100.1"]);
    let words = [
        "stale-plan",
        "unchanged  enable service endpoint",
        "another writer turned it on",
        "Nothing was written",
    ];
    expect(&run, 3, &words);
    assert!(!run.stdout.contains("Undo:"), "{}", run.stdout);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["registries"][0]["steps"][0]["outcome"], "unchanged");
    assert_eq!(report["summary"]["written"], false);
    assert_eq!(report["registries"][0].get("undo"), None);
    assert_eq!(ips(&scenario), ["198.51.100.1"]);
    let kept = std::fs::read_to_string(record_file(&scenario)).unwrap();
    assert!(
        kept.contains(r#""run":"1""#),
        "the record of the other run stays: {kept}"
    );
}

#[test]
fn registry_that_a_faster_writer_made_as_planned_is_up_to_date() {
    let scenario = with_subnet(DENY);
    let run = beside_a_rival(&scenario, &["203.0.113.7"]);
    expect(
        &run,
        0,
        &["was as planned already", "another writer turned it on"],
    );
    assert!(!run.stdout.contains("Undo:"), "{}", run.stdout);
    assert_eq!(count(&scenario, "PATCH"), 0);
}

/// A restore would take back what others wrote to the registry since.
#[test]
fn endpoint_alone_has_no_undo_but_a_command_that_turns_it_off() {
    let refused = patch(json!({"fault": 403, "code": "AuthorizationFailed"}));
    let busy = nth(subnet_put(json!({"fault": 412})), &[1]);
    for faults in [json!([refused]), json!([busy, refused])] {
        let scenario = with_subnet(DENY);
        let applied = apply(&scenario, &faults);
        let off = format!(
            "The service endpoint of subnet hub/build stays on. To turn it off, name the endpoints that stay: az network vnet \
             subnet update --ids {} --service-endpoints [NAME …]",
            subnet_id("hub", "build")
        );
        applied.expect(4, &["AuthorizationFailed", &off]);
        assert_eq!(applied.steps(), ["done", "failed"]);
        assert!(!applied.run.stdout.contains("Undo:"), "{}", applied.run.stdout);
        assert!(applied.written());
        assert_eq!(applied.report["registries"][0].get("undo"), None);
        let off = format!(
            "az network vnet subnet update --ids {}",
            subnet_id("hub", "build")
        );
        let words = [
            "wrote no registry, so there is nothing to restore: it turned on the service endpoint of `hub/build`",
            &off,
            "no run before it has kept snapshots",
        ];
        for source in ["last", "report.json"] {
            expect(&scenario.run(&["restore", "--from", source, "--yes"]), 3, &words);
        }
        let run = scenario.run(&["plan", "spec.yaml", "--fail-on", "drift"]);
        expect(&run, 3, &["no run has kept a record"]);
    }
}

/// The id of the run of `report.json`.
fn run_id(scenario: &Scenario) -> String {
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    report["run"].as_str().unwrap().to_owned()
}

/// Such a run keeps no snapshot. The run before it must not take its place.
#[test]
fn last_run_that_wrote_an_endpoint_alone_is_not_restored() {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!("{DENY}    subnets: [{subnet}]\n"));
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), ready_vnet()]);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--verify-endpoints",
        "-o",
        "text",
        "-o",
        "json=report.json",
    ];
    expect(&scenario.run(&words), 0, &[]);
    let first = run_id(&scenario);
    scenario.seed(&[denying("contoso", &["203.0.113.7"], true), vnet_body(&[subnet])]);
    let used = "The service endpoint of subnet hub/build stays on: contoso lists the subnet.";
    expect(&scenario.run(&words), 0, &[used]);
    let second = run_id(&scenario);
    let before = scenario.resource("contoso");
    for source in ["last", &second, "report.json"] {
        let run = scenario.run(&["restore", "--from", source, "--yes"]);
        let words = [
            &*format!("the run `{second}` wrote no registry"),
            "where the endpoint of `hub/build` is still on, leave it on: contoso lists the subnet",
            &*format!("the run before it that wrote registries is `{first}`"),
        ];
        expect(&run, 3, &words);
        assert_eq!(scenario.resource("contoso"), before);
    }
    expect(&scenario.run(&["restore", "--from", &first, "--yes"]), 0, &[]);
}

/// `contoso` cannot be written, and `fabrikam` has the rule of the subnet.
#[test]
fn endpoint_that_a_registry_uses_is_not_to_be_turned_off() {
    let subnet = subnet_id("hub", "build");
    let lines = format!("{DENY}    subnets: [{subnet}]\n");
    let scenario = Scenario::new(
        &two(&lines),
        &[
            premium_registry("contoso"),
            denying("fabrikam", &["203.0.113.7"], true),
            vnet_body(&[subnet]),
        ],
    );
    let applied = apply(&scenario, &json!([patch(json!({"fault": 403}))]));
    let used = "The service endpoint of subnet hub/build stays on: fabrikam lists the subnet.";
    applied.expect(4, &[used]);
    assert!(
        !applied.run.stdout.contains("To turn it off"),
        "{}",
        applied.run.stdout
    );
    let left = &applied.report["beside"]["endpoints"][0];
    assert_eq!(left["listedBy"], json!(["fabrikam"]));
}

/// Azure refuses a rule because its subnet has lost the endpoint.
#[test]
fn help_for_a_lost_endpoint_follows_the_spec() {
    let message = "Could not validate network rule - Subnets build of virtual network hub do not have ServiceEndpoints for \
                   Microsoft.ContainerRegistry resources configured.";
    let answer = json!({"fault": 400, "code": "NetworkRuleValidationError", "message": message});
    let subnet = subnet_id("hub", "build");
    for (endpoints, help) in [
        (
            "ensure",
            "help: plan or apply again with --verify-endpoints: it finds the endpoint that is off",
        ),
        ("assume", "help: set `serviceEndpoints: ensure`"),
    ] {
        let lines = format!("{DENY}    subnets: [{subnet}]\n    serviceEndpoints: {endpoints}\n");
        let scenario = Scenario::new(&spec_of(&lines), &[premium_registry("contoso"), ready_vnet()]);
        apply(&scenario, &json!([patch(answer.clone())])).expect(1, &[help]);
    }
}

#[test]
fn refused_endpoint_is_not_named_as_one_that_stays() {
    let scenario = Scenario::new(
        &two(DENY).replacen(
            "    ipRules",
            &format!("    subnets: [{}]\n    ipRules", subnet_id("hub", "build")),
            1,
        ),
        &[
            premium_registry("contoso"),
            premium_registry("fabrikam"),
            vnet_body(&[subnet_id("hub", "build")]),
        ],
    );
    let applied = apply(&scenario, &json!([subnet_put(json!({"fault": 403}))]));
    applied.expect(4, &["Undo: ringfence restore --from"]);
    assert!(
        !applied.run.stdout.contains("leaves the service"),
        "{}",
        applied.run.stdout
    );
    assert!(!applied.run.stdout.contains("stays on"), "{}", applied.run.stdout);
}

/// A refusal that the subnet contradicts: the run does not know who turned the endpoint on.
#[test]
fn endpoint_that_is_on_after_a_refusal_is_unknown() {
    let scenario = with_subnet(DENY);
    let lie = subnet_put(json!({"fault": 403, "processed": true}));
    let applied = apply(&scenario, &json!([lie]));
    applied.expect(
        4,
        &[
            "Azure made the change anyway",
            "run plan to see the state now",
            "may be on",
        ],
    );
    assert_eq!(applied.steps(), ["unknown", "skipped"]);
}

/// The first write was processed in spite of its answer. Its operation makes the second one wait.
#[test]
fn own_endpoint_write_in_progress_is_waited_for() {
    for lie in [
        json!({"fault": 500, "processed": true}),
        json!({"fault": 503, "processed": true}),
        json!({"fault": "reset-after"}),
    ] {
        let scenario = with_subnet(DENY);
        let faults = json!([nth(subnet_put(lie.clone()), &[1])]);
        let options = Options {
            operation_time: Duration::from_millis(100),
            faults: serde_json::from_value(faults).unwrap(),
            ..Options::default()
        };
        let azure = Azure::serve(&scenario, options);
        let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-o", "json"]);
        expect(&run, 0, &[]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let steps = &report["registries"][0]["steps"];
        assert_eq!(
            [&steps[0]["outcome"], &steps[1]["outcome"]],
            ["done", "done"],
            "{lie}"
        );
    }
}

/// The time is over while Azure still works on it.
#[test]
fn endpoint_that_is_still_being_turned_on_is_unknown() {
    let scenario = with_subnet(DENY);
    let stuck = json!([subnet_put(json!({"fault": "lro-stuck"}))]);
    scenario.write("faults.json", &stuck.to_string());
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--faults",
        "faults.json",
        "--timeout",
        "2s",
    ];
    let run = scenario.run(&words);
    expect(
        &run,
        4,
        &[
            "not known if it was changed",
            "unknown    enable service endpoint",
            "The service endpoint of subnet hub/build may be on.",
        ],
    );
}

/// The registry shows the new values while the operation runs, which may still fail and take them back.
#[test]
fn registry_is_unknown_while_its_operation_runs() {
    for stuck in [
        json!({"fault": "lro-stuck"}),
        json!({"fault": "lro", "polls": 100_000}),
    ] {
        let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
        scenario.write("faults.json", &json!([patch(stuck)]).to_string());
        let words = [
            "apply",
            "spec.yaml",
            "--yes",
            "--faults",
            "faults.json",
            "--timeout",
            "2s",
        ];
        let says = [
            "not known if it was changed",
            "unknown    PATCH the registry",
            "Azure's operation on the registry has not ended",
            "0 of 1 registry verified",
        ];
        expect(&scenario.run(&words), 4, &says);
    }
}

/// `fabrikam` has the rule of the subnet, whose endpoint `contoso` was to turn on.
#[test]
fn registry_that_counts_on_a_failed_endpoint_is_not_verified() {
    let subnet = subnet_id("hub", "build");
    let lines = format!("{DENY}    subnets: [{subnet}]\n");
    for (ips, outcome) in [(&["203.0.113.7"][..], "skipped"), (&[], "partial")] {
        let scenario = Scenario::new(
            &two(&lines),
            &[
                premium_registry("contoso"),
                denying("fabrikam", ips, true),
                vnet_body(std::slice::from_ref(&subnet)),
            ],
        );
        let applied = apply(&scenario, &json!([subnet_put(json!({"fault": 403}))]));
        let code = if outcome == "skipped" { 1 } else { 4 };
        applied.expect(
            code,
            &[
                "another registry was to turn on the service endpoint of subnet hub/build",
                "0 of 2 registries",
            ],
        );
        let fabrikam = &applied.report["registries"][1];
        assert_eq!(fabrikam["outcome"], outcome);
        assert_eq!(fabrikam["notSwitched"], json!([subnet.as_str()]));
    }
}

/// The endpoint comes with the run, and the rule after it.
#[test]
fn assumed_endpoint_that_the_run_turns_on_takes_a_second_run() {
    let subnet = subnet_id("hub", "build");
    let lines = format!("{DENY}    subnets: [{subnet}]\n");
    let spec = format!("{}    serviceEndpoints: assume\n", two(&lines));
    let scenario = Scenario::new(
        &spec,
        &[
            premium_registry("contoso"),
            premium_registry("fabrikam"),
            vnet_body(&[subnet]),
        ],
    );
    let words = [
        "lacks the service endpoint",
        "this run turns it on for another registry: run the same command again after it",
    ];
    let run = ["apply", "spec.yaml", "--yes"];
    expect(&scenario.run(&run), 4, &words);
    expect(
        &scenario.run(&run),
        0,
        &["2 of 2 registries verified", "1 registry needed nothing"],
    );
}
