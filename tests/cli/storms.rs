//! Fleets in trouble: throttled, with a dead subscription, with faults here and there, with a killed shard. Everything that can be
//! done is done once, and the report says so.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::sandbox::{Options, Phase};
use serde_json::{Value, json};

use crate::apply::apply_run::{expect, fault, nth};
use crate::apply::sandbox_in_test::{Azure, Running};
use crate::azure_bodies::premium_registry;
use crate::ringfence_binary::{Run, Scenario};

fn id(subscription: usize, number: usize) -> String {
    let group = format!("/subscriptions/00000000-0000-4000-8000-{subscription:012}/resourceGroups/rg");
    format!("{group}/providers/Microsoft.ContainerRegistry/registries/fleet{subscription}x{number:03}")
}

fn ids(subscriptions: usize, each: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for subscription in 0..subscriptions {
        for number in 0..each {
            ids.push(id(subscription, number));
        }
    }
    ids
}

/// A spec that wants one rule of each registry, and the registries without it.
fn fleet(subscriptions: usize, each: usize) -> Scenario {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    let mut resources = Vec::new();
    for id in ids(subscriptions, each) {
        spec += &format!("  - id: {id}\n    ipRules: [203.0.113.9]\n");
        let name = id.rsplit('/').next().unwrap();
        let mut registry = premium_registry(name);
        registry["id"] = json!(id);
        resources.push(registry);
    }
    let scenario = Scenario::new(&spec, &[]);
    scenario.seed_state(&json!({"resources": resources}));
    scenario
}

/// Adds the writes of the last run that were answered as done, by id.
fn add_writes(scenario: &Scenario, writes: &mut BTreeMap<String, usize>) {
    for line in scenario.read("requests.jsonl").lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if entry["method"] == "PATCH" && entry["status"] == 200 {
            *writes
                .entry(entry["path"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
    }
}

/// Asserts that each of these registries was written once, and no other.
fn written_once(writes: &BTreeMap<String, usize>, ids: &[String]) {
    let mut expected = BTreeMap::new();
    for id in ids {
        expected.insert(id.clone(), 1);
    }
    assert_eq!(*writes, expected);
}

fn summary(scenario: &Scenario, file: &str) -> Value {
    let report: Value = serde_json::from_str(&scenario.read(file)).unwrap();
    report["summary"].clone()
}

const APPLY: [&str; 5] = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];

#[test]
fn throttled_fleet_is_written_once() {
    let scenario = fleet(3, 8);
    let options = Options {
        throttle: Some("reads=10/25,writes=3/10,wait=1".parse().unwrap()),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let run = azure.run(&scenario, &[&APPLY[..], &["-v"]].concat());
    expect(&run, 0, &["answered with 429"]);
    let mut writes = BTreeMap::new();
    add_writes(&scenario, &mut writes);
    written_once(&writes, &ids(3, 8));
    assert_eq!(summary(&scenario, "report.json")["verified"], 24);
}

#[test]
fn dead_subscription_stops_no_other_and_is_resumed() {
    for dead in [json!({"fault": 403}), json!({"fault": "reset"})] {
        let scenario = fleet(3, 6);
        let of_one = format!("{}*", id(1, 0).split_once("/resourceGroups").unwrap().0);
        let faults = json!([fault("GET", &of_one, dead.clone())]);
        scenario.write("faults.json", &faults.to_string());
        let run = scenario.run(&[&APPLY[..], &["--faults", "faults.json"]].concat());
        expect(&run, 4, &[]);
        let mut writes = BTreeMap::new();
        add_writes(&scenario, &mut writes);
        let (alive, rest): (Vec<String>, Vec<String>) =
            ids(3, 6).into_iter().partition(|id| !id.contains("fleet1x"));
        written_once(&writes, &alive);
        let summary = self::summary(&scenario, "report.json");
        assert_eq!([&summary["verified"], &summary["unread"]], [12, 6], "{dead}");
        // Once it is back, only the rest is read and written.
        let resume = [
            "apply",
            "spec.yaml",
            "--yes",
            "--resume",
            "report.json",
            "-o",
            "json=resumed.json",
        ];
        let run = scenario.run(&resume);
        expect(&run, 0, &["resuming: 12 of 18 registries are done"]);
        let mut writes = BTreeMap::new();
        add_writes(&scenario, &mut writes);
        written_once(&writes, &rest);
        assert_eq!(self::summary(&scenario, "resumed.json")["verified"], 18);
    }
}

/// One of a hundred requests goes wrong, in each of the ways that a client can mend.
#[test]
fn faults_here_and_there_are_mended_and_nothing_written_twice() {
    let scenario = fleet(3, 40);
    let faults = json!([
        nth(
            fault("GET", "/registries/fleet", json!({"fault": 503, "retryAfter": 0})),
            &[20, 120]
        ),
        nth(
            fault("GET", "/registries/fleet", json!({"fault": "reset"})),
            &[60]
        ),
        nth(fault("PATCH", "/registries/fleet", json!({"fault": 500})), &[10]),
        nth(
            fault(
                "PATCH",
                "/registries/fleet",
                json!({"fault": 429, "retryAfter": 0})
            ),
            &[30]
        ),
        nth(
            fault("PATCH", "/registries/fleet", json!({"fault": "reset-after"})),
            &[50]
        )
    ]);
    scenario.write("faults.json", &faults.to_string());
    let run = scenario.run(&[&APPLY[..], &["--faults", "faults.json"]].concat());
    expect(&run, 0, &[]);
    let mut writes = BTreeMap::new();
    add_writes(&scenario, &mut writes);
    assert!(writes.values().all(|times| *times == 1), "{writes:?}");
    // The write whose answer was lost is in the log without a status.
    assert!(writes.len() >= 119, "{writes:?}");
    assert_eq!(summary(&scenario, "report.json")["verified"], 120);
    let run = scenario.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
    expect(&run, 0, &[]);
}

#[test]
fn killed_shard_is_run_again_and_merged() {
    let scenario = fleet(6, 4);
    let all = ids(6, 4);
    let shards: Vec<Vec<String>> = ["1/2", "2/2"]
        .iter()
        .map(|shard| shard_of(&scenario, shard))
        .collect();
    assert!(shards.iter().all(|shard| !shard.is_empty()), "{shards:?}");
    let mut writes = BTreeMap::new();
    // The last registry of the second shard is read right before its write, and there the shard is killed.
    let held = shards[1].last().unwrap().clone();
    let (mut azure, reached) = Azure::serve_holding(&scenario, move |event| {
        event.method == "GET" && event.path == held && event.phase == Phase::Before
    });
    let first = [
        "apply",
        "spec.yaml",
        "--yes",
        "--shard",
        "1/2",
        "-o",
        "json=1.json",
    ];
    expect(&azure.run(&scenario, &first), 0, &[]);
    add_writes(&scenario, &mut writes);
    let second = [
        "apply",
        "spec.yaml",
        "--yes",
        "--parallel",
        "1",
        "--shard",
        "2/2",
        "-o",
        "json=2.json",
    ];
    let mut running = Running::start(&mut azure.command(&scenario, &second));
    running.wait_until(&reached);
    running.child.kill().unwrap();
    drop(running);
    add_writes(&scenario, &mut writes);
    azure.release_requests();
    // A missing shard must not pass for one without a finding.
    let merge = [
        "report", "merge", "1.json", "2.json", "--shards", "2", "-o", "json",
    ];
    let missing = scenario.run_plain(&["report", "merge", "1.json", "--shards", "2"]);
    expect(&missing, 64, &["--shards is 2, and the number of reports is 1"]);
    expect(&azure.run(&scenario, &second), 0, &[]);
    add_writes(&scenario, &mut writes);
    written_once(&writes, &all);
    let run = scenario.run_plain(&merge);
    expect(&run, 0, &[]);
    let merged: Value = serde_json::from_str(&run.stdout).unwrap();
    let (verified, shown) = (&merged["summary"]["verified"], &merged["summary"]["shown"]);
    assert_eq!(
        verified.as_u64().unwrap() + shown.as_u64().unwrap(),
        all.len() as u64
    );
}

/// Ids of the registries of a shard, in order.
fn shard_of(scenario: &Scenario, shard: &str) -> Vec<String> {
    let run = scenario.run(&["plan", "spec.yaml", "--shard", shard, "-o", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    let registries = plan["registries"].as_array().unwrap();
    registries
        .iter()
        .map(|registry| registry["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Requests that get no answer hold the slots of their subscription until their time is over, and no others.
#[test]
fn silent_subscription_starves_no_other() {
    let scenario = fleet(2, 24);
    let silent = format!("{}*", id(0, 0).split_once("/registries/").unwrap().0);
    let faults = json!([
        {"match": {"method": "GET", "path": "*/registries"}, "fault": 403},
        {"match": {"method": "GET", "path": silent}, "fault": "slow", "delay": "10m"}
    ]);
    scenario.write("faults.json", &faults.to_string());
    let options = ["--timeout", "20s", "--faults", "faults.json"];
    let run = scenario.run(&[&APPLY[..], &options].concat());
    expect(&run, 4, &[]);
    let mut writes = BTreeMap::new();
    add_writes(&scenario, &mut writes);
    let alive: Vec<String> = (0..24).map(|number| id(1, number)).collect();
    written_once(&writes, &alive);
    assert_eq!(summary(&scenario, "report.json")["unread"], 24);
}

/// A wait that is longer than the run has time for is known after one answer. No other registry asks again.
#[test]
fn long_wait_is_asked_about_once() {
    let scenario = fleet(2, 12);
    let throttled = format!("{}*", id(0, 0).split_once("/resourceGroups").unwrap().0);
    let faults = json!([fault(
        "GET",
        &throttled,
        json!({"fault": 429, "retryAfter": 3000})
    )]);
    scenario.write("faults.json", &faults.to_string());
    let run =
        scenario.run(&[&APPLY[..], &["--timeout", "60s", "--faults", "faults.json", "-v"]].concat());
    expect(&run, 4, &["TooManyRequests", "1 answered with 429"]);
    assert_eq!(summary(&scenario, "report.json")["verified"], 12);
}

/// Registries of the first subscription that were asked for by themselves.
fn asked_for(scenario: &Scenario) -> usize {
    let mut asked = BTreeSet::new();
    for (method, path) in scenario.requests() {
        if method == "GET" && path.contains("/registries/fleet0x") {
            asked.insert(path);
        }
    }
    asked.len()
}

/// Each registry of a subscription that does not answer would wait until its own deadline, or fail in several tries.
#[test]
fn dead_subscription_is_not_asked_for_each_registry() {
    let of_one = format!("{}*", id(0, 0).split_once("/resourceGroups").unwrap().0);
    let silent = json!({"fault": "slow", "delay": "10m"});
    for (path, fault, unread, asked) in [
        // The list has had all of the time, so no other read begins.
        (of_one.as_str(), silent, 24, 0),
        // With two at a time, the third failure ends it while a fourth one is on its way.
        (&of_one, json!({"fault": "reset"}), 24, 4),
        // The same after the list, at the reads before the writes.
        ("/registries/fleet0x", json!({"fault": "reset"}), 0, 4),
    ] {
        let scenario = fleet(2, 24);
        let faults = json!([self::fault("GET", path, fault)]);
        scenario.write("faults.json", &faults.to_string());
        let options = ["--parallel", "2", "--timeout", "5s", "--faults", "faults.json"];
        let run = scenario.run(&[&APPLY[..], &options].concat());
        expect(
            &run,
            4,
            &["not asked for, because no request of its subscription is answered"],
        );
        assert_eq!(asked_for(&scenario), asked, "{path}");
        let summary = summary(&scenario, "report.json");
        assert_eq!([&summary["verified"], &summary["unread"]], [24, unread], "{path}");
    }
}

fn apply_shard(scenario: &Scenario, shard: &str, file: &str, more: &[&str]) -> Run {
    let output = format!("json={file}");
    let words = ["apply", "spec.yaml", "--yes", "--shard", shard, "-o", &output];
    scenario.run(&[&words[..], more].concat())
}

/// A merged report has the registries of all shards. Each shard goes on from it, and reports its own registries alone.
#[test]
fn shards_go_on_from_their_merged_report() {
    let scenario = fleet(6, 2);
    let all = ids(6, 2);
    let shards = ["1/2", "2/2"];
    let mut broken = Vec::new();
    for shard in shards {
        broken.push(shard_of(&scenario, shard).remove(0));
    }
    let faults: Vec<Value> = broken
        .iter()
        .map(|id| fault("PATCH", id, json!({"fault": 403})))
        .collect();
    scenario.write("faults.json", &json!(faults).to_string());
    for (shard, file) in shards.into_iter().zip(["1.json", "2.json"]) {
        let run = apply_shard(&scenario, shard, file, &["--faults", "faults.json"]);
        expect(&run, 4, &[]);
    }
    let merge = [
        "report",
        "merge",
        "1.json",
        "2.json",
        "--shards",
        "2",
        "-o",
        "json=first.json",
    ];
    expect(&scenario.run_plain(&merge), 4, &[]);
    // Each shard has done all of its own, whatever the other one has left.
    for (shard, file) in shards.into_iter().zip(["3.json", "4.json"]) {
        let run = apply_shard(&scenario, shard, file, &["--resume", "first.json"]);
        expect(&run, 0, &[]);
        let own = shard_of(&scenario, shard).len();
        assert_eq!(summary(&scenario, file)["registries"], own);
    }
    let merge = [
        "report",
        "merge",
        "3.json",
        "4.json",
        "--shards",
        "2",
        "-o",
        "json=last.json",
    ];
    expect(&scenario.run_plain(&merge), 0, &[]);
    assert_eq!(summary(&scenario, "last.json")["verified"], all.len());
    // The state before all of it comes back.
    expect(
        &scenario.run(&["restore", "--from", "last.json", "--yes"]),
        0,
        &[],
    );
    for id in &all {
        let name = id.rsplit('/').next().unwrap();
        let rules = &scenario.resource(name)["properties"]["networkRuleSet"]["ipRules"];
        assert_eq!(rules.as_array().map_or(0, Vec::len), 0, "{id}");
    }
}
