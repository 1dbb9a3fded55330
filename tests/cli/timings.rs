//! `--timings` and the summary of `-v`: what a run sent, and how long it took.

use serde_json::{Value, json};

use crate::apply::apply_run::{expect, fault, nth};
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

fn scenario(names: &[&str]) -> Scenario {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in names {
        spec += &format!("  - id: {}\n    ipRules: [203.0.113.9]\n", registry_id(name));
    }
    let live: Vec<Value> = names.iter().map(|name| premium_registry(name)).collect();
    Scenario::new(&spec, &live)
}

/// The requests of the trace.
fn traced(scenario: &Scenario) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&scenario.read("trace.json")).unwrap();
    let mut requests = trace.as_array().unwrap().clone();
    requests.retain(|event| event["ph"] == "X");
    requests
}

#[test]
fn trace_has_each_request_with_its_time_and_status() {
    let scenario = scenario(&["alpha", "bravo"]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--timings", "trace.json"]);
    expect(&run, 0, &[]);
    let mut sent = scenario.requests();
    let mut found = Vec::new();
    for event in traced(&scenario) {
        assert_eq!(event["args"]["status"], 200, "{event}");
        assert!(event["ts"].is_u64() && event["dur"].as_u64() > Some(0), "{event}");
        let name = event["name"].as_str().unwrap();
        let (method, _) = name.split_once(' ').unwrap();
        let kind = if method == "GET" { "read" } else { "write" };
        assert_eq!(event["cat"], kind);
        found.push((
            method.to_owned(),
            event["args"]["path"].as_str().unwrap().to_owned(),
        ));
    }
    sent.sort();
    found.sort();
    assert_eq!(found, sent);
    assert!(!run.stderr.contains("requests: "), "{}", run.stderr);
}

#[test]
fn summary_counts_what_was_sent_and_sent_again() {
    let scenario = scenario(&["alpha", "bravo"]);
    let throttled = fault("GET", "/registries/alpha", json!({"fault": 429, "retryAfter": 0}));
    scenario.write("faults.json", &json!([nth(throttled, &[1])]).to_string());
    let run = scenario.run(&["plan", "spec.yaml", "-v", "--faults", "faults.json"]);
    expect(
        &run,
        0,
        &[
            "requests: 3 reads; 1 answered with 429; 1 sent again\n",
            "slowest: ",
            "critical path: ",
            "time: ",
        ],
    );
    let run = scenario.run(&["plan", "spec.yaml", "-v", "--quiet"]);
    assert!(!run.stderr.contains("requests: "), "{}", run.stderr);
}

#[test]
fn trace_that_cannot_be_written_is_told_before_anything_is_sent() {
    let scenario = scenario(&["alpha"]);
    for (file, code, told) in [
        ("nowhere/trace.json", 1, "cannot write `nowhere/trace.json`"),
        (
            "spec.yaml",
            64,
            "`--timings` would overwrite a file that the command reads",
        ),
    ] {
        let run = scenario.run(&["plan", "spec.yaml", "--timings", file]);
        expect(&run, code, &[told]);
        assert_eq!(scenario.requests(), []);
    }
    let both = [
        "plan",
        "spec.yaml",
        "--timings",
        "out.json",
        "-o",
        "json=out.json",
    ];
    expect(&scenario.run(&both), 64, &["the timings"]);
}

#[test]
fn timings_that_cannot_be_written_fail_the_run() {
    let scenario = scenario(&["alpha"]);
    let run = scenario.run(&[
        "plan",
        "spec.yaml",
        "--detailed-exitcode",
        "--timings",
        "/dev/full",
    ]);
    expect(&run, 1, &["cannot write `/dev/full`"]);
    // Exit 1 would say that nothing was written.
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--timings", "/dev/full"]);
    expect(&run, 4, &["cannot write `/dev/full`"]);
}
