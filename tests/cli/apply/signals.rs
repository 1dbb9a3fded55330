//! Signals at each stage of a run. No test waits for a fixed time: each signal is sent when the sandbox or stderr shows
//! that the binary has reached the stage.

use std::io::Read;
use std::process::{Child, Stdio};

use ringfence::sandbox::{Options, Phase};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::apply_run::{DENY, contoso, expect, fault, only_read, patch, rules, with_subnet};
use super::sandbox_in_test::{Azure, Running, is_processed, report_when};
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Scenario, ignores_hangup};

const TOLD: &str = "interrupted: finishing the current step";

fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// A run that waits for the operation of its first step.
fn in_the_first_step(scenario: &Scenario, azure: &Azure) -> Running {
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(scenario, &words));
    running.wait_until(&azure.polled);
    running
}

#[test]
fn signal_ends_the_run_after_the_current_step() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143)] {
        if signal == Signal::HUP && ignores_hangup() {
            continue;
        }
        let scenario = with_subnet(DENY);
        let azure = Azure::serve_slowly(&scenario);
        let mut running = in_the_first_step(&scenario, &azure);
        send(&running.child, signal);
        running.wait_for(TOLD);
        azure.let_operations_end();
        expect(&running.end(), code, &["skipped", "the run was interrupted"]);
        let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
        let steps = &report["registries"][0]["steps"];
        assert_eq!(
            (&steps[0]["outcome"], &steps[1]["outcome"]),
            (&"done".into(), &"skipped".into())
        );
        assert_eq!(report["summary"]["written"], true);
        assert!(scenario.requests().iter().all(|(method, _)| method != "PATCH"));
        assert_eq!(rules(&scenario)["defaultAction"], "Allow");
        expect(&azure.run(&scenario, &["apply", "spec.yaml", "--yes"]), 0, &[]);
        assert_eq!(rules(&scenario)["defaultAction"], "Deny");
    }
}

/// A wait is not a step: no request is under way whose result could be unknown.
#[test]
fn signal_during_a_busy_wait_writes_nothing() {
    let scenario = contoso(DENY);
    let (on_request, busy) = report_when(|event| is_processed(event, "PATCH"));
    let options = Options {
        faults: serde_json::from_value(serde_json::json!([patch(
            serde_json::json!({"fault": 429, "retryAfter": 600})
        )]))
        .unwrap(),
        on_request: Some(on_request),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&busy);
    send(&running.child, Signal::TERM);
    running.wait_for(TOLD);
    expect(
        &running.end(),
        143,
        &[
            "contoso (spec.yaml:3): not changed",
            "the run was interrupted",
            "Nothing was written",
        ],
    );
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["written"], false);
}

/// ARM takes one write and then refuses for ten minutes. Of five registries, four are in work at a time, so the last one begins when
/// the refusals are known.
#[test]
fn write_that_waits_for_its_turn_is_not_sent_after_a_signal() {
    let names = ["alpha", "bravo", "charlie", "delta", "foxtrot"];
    let (mut spec, mut live) = ("version: 1\nregistries:\n".to_owned(), Vec::new());
    for name in names {
        spec += &format!("  - id: {}\n{DENY}", registry_id(name));
        live.push(premium_registry(name));
    }
    let scenario = Scenario::new(&spec, &live);
    let refused = serde_json::json!([
        {"match": {"method": "PATCH", "nth": [2, 3, 4]}, "fault": 429, "retryAfter": 600}
    ]);
    let options = Options {
        faults: serde_json::from_value(refused).unwrap(),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let flags = ["-v", "--parallel", "4", "-o", "json=report.json"];
    let words = [&["apply", "spec.yaml", "--yes"][..], &flags].concat();
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_for("working registry=\"foxtrot\" activity=\"writing the registry\"");
    send(&running.child, Signal::INT);
    running.wait_for(TOLD);
    expect(&running.end(), 130, &["the run was interrupted"]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let registries = report["registries"].as_array().unwrap();
    let ends: Vec<&str> = registries
        .iter()
        .map(|registry| registry["outcome"].as_str().unwrap())
        .collect();
    let count = |end| ends.iter().filter(|found| **found == end).count();
    // Those that were refused are not written because of the interruption, too.
    assert_eq!((count("changed"), count("skipped")), (1, 4), "{ends:?}");
    let foxtrot = registry_id("foxtrot");
    let wrote = |(method, path): &(String, String)| method == "PATCH" && *path == foxtrot;
    assert!(!scenario.requests().iter().any(wrote));
    let text = report.to_string();
    assert!(!text.contains("--timeout"), "the time was not too short: {text}");
}

#[test]
fn signal_during_the_second_read_writes_nothing() {
    let scenario = contoso(DENY);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    let (on_request, busy) =
        report_when(|event| event.path == registry_id("contoso") && is_processed(event, "GET"));
    let options = Options {
        faults: serde_json::from_value(serde_json::json!([fault(
            "GET",
            "/registries/contoso",
            serde_json::json!({"fault": 429, "retryAfter": 600})
        )]))
        .unwrap(),
        on_request: Some(on_request),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let words = ["apply", "--plan", "plan.json", "--yes"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&busy);
    send(&running.child, Signal::INT);
    running.wait_for(TOLD);
    expect(
        &running.end(),
        130,
        &["the run was interrupted", "Nothing was written"],
    );
    assert!(!scenario.path(".ringfence").exists(), "nothing to undo");
}

/// The step never ends. The report comes all the same, and says what may be half done and how to undo it.
#[test]
fn second_signal_gives_up_the_step_and_reports() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scenario = with_subnet(DENY);
        let azure = Azure::serve_slowly(&scenario);
        let mut running = in_the_first_step(&scenario, &azure);
        send(&running.child, Signal::INT);
        running.wait_for(TOLD);
        send(&running.child, signal);
        running.wait_for("interrupted again: giving up the current step");
        let run = running.end();
        expect(
            &run,
            code,
            &[
                "abandoned after an interruption: Azure may or may not have made the change",
                "The service endpoint of subnet hub/build may be on.",
            ],
        );
        assert!(!run.stdout.contains("Undo: "), "{}", run.stdout);
        let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
        let steps = &report["registries"][0]["steps"];
        assert_eq!(
            (&steps[0]["outcome"], &steps[1]["outcome"]),
            (&"unknown".into(), &"skipped".into())
        );
        assert_eq!(report["registries"][0].get("undo"), None);
        azure.let_operations_end();
        expect(&azure.run(&scenario, &["apply", "spec.yaml", "--yes"]), 0, &[]);
    }
}

/// The sandbox holds back the PATCH, so only Azure knows what comes of it.
#[test]
fn mode_is_not_known_after_a_patch_that_is_given_up() {
    let scenario = contoso(DENY);
    let (azure, patching) = Azure::serve_holding(&scenario, |event| {
        event.phase == Phase::Before && event.method == "PATCH"
    });
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&patching);
    send(&running.child, Signal::INT);
    running.wait_for(TOLD);
    send(&running.child, Signal::INT);
    expect(&running.end(), 130, &["open → not known", "Undo: "]);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let registry = &report["registries"][0];
    assert_eq!(registry["mode"]["after"], "not known");
    assert_eq!(
        (
            &registry["outcome"],
            &registry["steps"][0]["outcome"],
            &registry["changes"][0]["outcome"]
        ),
        (&"unknown".into(), &"unknown".into(), &"unknown".into())
    );
    assert_eq!(report["summary"]["written"], true);
    assert_eq!(report["summary"]["failed"], 0);
    assert_ne!(report["summary"]["unknown"], 0);
}

/// The second interruption leaves no time to read the subnet back. Azure's answer about it is known all the same.
#[test]
fn endpoint_before_a_patch_that_is_given_up_is_told_as_answered() {
    let scenario = with_subnet(DENY);
    let (azure, patching) = Azure::serve_holding(&scenario, |event| {
        event.phase == Phase::Before && event.method == "PATCH"
    });
    let words = ["apply", "spec.yaml", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&patching);
    send(&running.child, Signal::INT);
    running.wait_for(TOLD);
    send(&running.child, Signal::INT);
    expect(
        &running.end(),
        130,
        &["Azure answered that the service endpoint is on; it was not read back"],
    );
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    let steps = report["registries"][0]["steps"].as_array().unwrap();
    for (step, words) in steps.iter().zip(["Azure answered", "abandoned"]) {
        assert_eq!(step["outcome"], "unknown");
        let message = step["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(words), "{message}");
    }
    assert_eq!(steps.len(), 2);
}

/// The sandbox holds back the first read of the registry.
#[test]
fn signal_before_the_first_step_writes_nothing() {
    let scenario = contoso(DENY);
    expect(
        &scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]),
        0,
        &[],
    );
    let (mut azure, reading) = Azure::serve_holding(&scenario, |event| {
        event.phase == Phase::Before && event.path == registry_id("contoso")
    });
    let words = ["apply", "--plan", "plan.json", "--yes", "-o", "json=report.json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&reading);
    send(&running.child, Signal::INT);
    running.wait_for(TOLD);
    azure.release_requests();
    expect(&running.end(), 130, &["the run was interrupted"]);
    only_read(&scenario);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["written"], false);
    assert_eq!(report["registries"][0]["steps"][0]["outcome"], "skipped");
}

/// A pipeline must not take the result of an earlier run for that of this one.
#[test]
fn signal_while_reading_leaves_an_error_in_place_of_the_result() {
    let scenario = contoso(DENY);
    let (azure, reading) = Azure::serve_holding(&scenario, |event| {
        event.phase == Phase::Before && event.path == registry_id("contoso")
    });
    scenario.write("plan.json", "{}");
    let outputs = ["-o", "json=plan.json", "--timings", "trace.json"];
    let words = [&["plan", "spec.yaml"][..], &outputs].concat();
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&reading);
    send(&running.child, Signal::TERM);
    expect(&running.end(), 143, &["interrupted: nothing was written"]);
    let trace: Value = serde_json::from_str(&scenario.read("trace.json")).unwrap();
    assert!(trace.is_array());
    let error: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    assert_eq!(error["error"]["code"], "interrupted");
}

/// Begins a run whose report is longer than the buffer of a pipe: the process still writes it when the run is over. Returns
/// once the report has begun.
fn in_a_long_report(outputs: &[&str]) -> (Scenario, Azure, Child, std::process::ChildStdout) {
    let names: Vec<String> = (0..60).map(|n| format!("contoso{n}")).collect();
    let entry = |name: &String| format!("  - id: {}\n{DENY}", registry_id(name));
    let spec = format!(
        "version: 1\nregistries:\n{}",
        names.iter().map(entry).collect::<String>()
    );
    let resources: Vec<Value> = names.iter().map(|name| premium_registry(name)).collect();
    let scenario = Scenario::new(&spec, &resources);
    let azure = Azure::serve(&scenario, Options::default());
    let words = [&["apply", "spec.yaml", "--yes", "-q"], outputs].concat();
    let mut command = azure.command(&scenario, &words);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0];
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(first, *b"{");
    (scenario, azure, child, stdout)
}

#[test]
fn signals_after_the_last_step_change_nothing() {
    let (_scenario, _azure, child, mut stdout) = in_a_long_report(&["-o", "json"]);
    // Two signals may be one impatience. The report has the undo.
    send(&child, Signal::TERM);
    send(&child, Signal::INT);
    let mut text = b"{".to_vec();
    stdout.read_to_end(&mut text).unwrap();
    assert!(text.len() > 80_000, "{}", text.len());
    let report: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(report["summary"]["verified"], 60);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(!String::from_utf8(ended.stderr).unwrap().contains("interrupted"));
}

/// The report on stdout is not read, so it cannot be written to its end. The one in a file is whole.
#[test]
fn third_signal_ends_a_report_that_is_stuck() {
    let (scenario, _azure, mut child, _stdout) =
        in_a_long_report(&["-o", "jsonl", "-o", "json=report.json"]);
    // Signals of one kind that come together are one.
    send(&child, Signal::INT);
    send(&child, Signal::TERM);
    while child.try_wait().unwrap().is_none() {
        send(&child, Signal::INT);
    }
    let ended = child.wait_with_output().unwrap();
    assert!(matches!(ended.status.code(), Some(130 | 143)), "{ended:?}");
    let stderr = String::from_utf8(ended.stderr).unwrap();
    let (_, folder) = stderr
        .trim_end()
        .split_once("the state before is in ")
        .expect(&stderr);
    assert_eq!(std::fs::read_dir(scenario.path(folder)).unwrap().count(), 60);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["summary"]["verified"], 60);
}
