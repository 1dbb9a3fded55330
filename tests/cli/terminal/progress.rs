//! Progress on a terminal: one bar that leaves nothing behind, and what an interruption says.

use std::process::Command;

use ringfence::sandbox::Options;
use rustix::process::Signal;
use serde_json::json;

use super::emulator::{Ended, OnTerminal};
use crate::apply::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

/// Sizes of terminals: columns and lines.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("contoso{n:04}")).collect()
}

/// Registries with Azure's defaults, and a spec with these lines for each.
fn registries(count: usize, lines: &str) -> Scenario {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in names(count) {
        spec += &format!("  - id: {}\n{lines}", registry_id(&name));
    }
    let resources: Vec<_> = names(count).iter().map(|name| premium_registry(name)).collect();
    Scenario::new(&spec, &resources)
}

/// A command with a sandbox of its own.
fn command(scenario: &Scenario, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .args(words)
        .arg(format!("--sandbox={}", scenario.path("state.json").display()))
        .env_clear()
        .env("HOME", scenario.path(""))
        .env("PATH", "/nonexistent")
        .current_dir(scenario.path(""));
    command
}

/// The rows without the one that names the port of the sandbox.
fn settled(ended: &Ended) -> Vec<&String> {
    let rows = ended.rows.iter();
    rows.filter(|row| !row.starts_with("sandbox: ")).collect()
}

/// Runs a command with progress and with `--quiet`: both leave the same on the screen.
fn leaves_nothing(count: usize, words: &[&str], lines: &str, task: &str) {
    for (columns, height) in SIZES {
        let scenario = registries(count, lines);
        let quiet = [words, &["--quiet"]].concat();
        let quiet = OnTerminal::start(command(&scenario, &quiet), columns, height).end();
        let scenario = registries(count, lines);
        let shown = OnTerminal::start(command(&scenario, words), columns, height).end();
        assert_eq!(shown.code, 0, "{}", shown.raw);
        assert!(shown.raw.contains(task), "progress is drawn: {}", shown.raw);
        assert!(!quiet.raw.contains(task), "{}", quiet.raw);
        assert_eq!(settled(&shown), settled(&quiet), "{count} at {columns}x{height}");
    }
}

#[test]
fn progress_of_few_registries_leaves_nothing_on_the_screen() {
    for count in [1, 3, 8, 40] {
        leaves_nothing(count, &["plan", "spec.yaml"], "", "reading");
    }
}

#[test]
fn progress_of_a_thousand_registries_leaves_nothing_on_the_screen() {
    leaves_nothing(1000, &["plan", "spec.yaml"], "", "reading");
}

/// Serves registries that no list shows. Requests of this method to `name` have to wait for longer than any test.
fn busy(scenario: &Scenario, method: &str, name: &str) -> Azure {
    let matches = json!({"method": method, "path": format!("/registries/{name}")});
    let fault = json!([
        {"match": {"method": "GET", "path": "*/registries"}, "fault": 403},
        {"match": matches, "fault": 503, "retryAfter": 600}
    ]);
    let options = Options {
        faults: serde_json::from_value(fault).unwrap(),
        ..Options::default()
    };
    Azure::serve(scenario, options)
}

#[test]
fn bar_counts_and_names_what_it_waits_for() {
    for (columns, height) in SIZES {
        let scenario = registries(40, "");
        let azure = busy(&scenario, "GET", "contoso0017");
        let command = azure.command(&scenario, &["plan", "spec.yaml"]);
        let mut running = OnTerminal::start(command, columns, height);
        running.wait_for("39/40");
        let screen = running.wait_for("contoso0017: ");
        let rows = screen.lines().filter(|row| row.contains("reading [")).count();
        assert_eq!(rows, 1, "{screen}");
        running.send(Signal::INT);
        let ended = running.end();
        assert_eq!(ended.code, 130, "{}", ended.raw);
        assert!(ended.rows.iter().all(|row| !row.contains("reading")));
    }
}

#[test]
fn throttled_subscription_is_told_with_its_time() {
    let scenario = registries(40, "");
    let throttled =
        json!([{"match": {"method": "GET", "path": "*/registries"}, "fault": 429, "retryAfter": 600}]);
    let options = Options {
        faults: serde_json::from_value(throttled).unwrap(),
        ..Options::default()
    };
    let azure = Azure::serve(&scenario, options);
    let command = azure.command(&scenario, &["plan", "spec.yaml"]);
    let mut running = OnTerminal::start(command, 80, 24);
    let screen = running.wait_for(" UTC (1 subscription)\n");
    assert!(screen.contains("\n  throttled until "), "{screen}");
    running.send(Signal::INT);
    assert_eq!(running.end().code, 130);
}

#[test]
fn few_registries_show_their_steps_by_name() {
    let scenario = registries(3, "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n");
    let azure = busy(&scenario, "PATCH", "contoso0001");
    let command = azure.command(&scenario, &["apply", "spec.yaml", "--yes"]);
    let mut running = OnTerminal::start(command, 80, 24);
    running.wait_for("applying 2/3");
    let screen = running.wait_for("trying again");
    assert!(screen.contains("\n  contoso0001  "), "{screen}");
    running.send(Signal::INT);
    let ended = running.end();
    assert_eq!(ended.code, 130, "{}", ended.raw);
    let told = "interrupted: finishing the current step, then reporting; press Ctrl-C again to";
    assert!(
        ended.rows.iter().any(|row| row.starts_with(told)),
        "{:#?}",
        ended.rows
    );
    assert!(
        ended.rows.iter().all(|row| !row.contains("applying")),
        "{:#?}",
        ended.rows
    );
}

#[test]
fn signal_while_reading_ends_at_once_and_says_so() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scenario = registries(8, "");
        let azure = busy(&scenario, "GET", "contoso0005");
        let command = azure.command(&scenario, &["plan", "spec.yaml"]);
        let mut running = OnTerminal::start(command, 80, 24);
        running.wait_for("reading [");
        running.send(signal);
        let ended = running.end();
        assert_eq!(ended.code, code, "{}", ended.raw);
        let last = ended.rows.last().unwrap();
        assert_eq!(last, "interrupted: nothing was written");
        assert!(
            ended.rows.iter().all(|row| !row.contains("reading")),
            "{:#?}",
            ended.rows
        );
    }
}

#[test]
fn logs_have_a_line_for_each_task() {
    let scenario = registries(3, "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n");
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for line in ["reading 3 registries\n", "applying 3 registries\n"] {
        assert!(run.stderr.contains(line), "{}", run.stderr);
    }
}

#[test]
fn verbose_run_logs_each_request() {
    let scenario = registries(2, "");
    for (flag, requests) in [("-q", 0), ("-v", 2)] {
        let run = scenario.run(&["plan", "spec.yaml", flag]);
        let mut logged = 0;
        for line in run.stderr.lines() {
            let is_read = line.contains("method=GET") && line.contains("/registries/contoso");
            logged += usize::from(is_read && line.contains("status=200"));
        }
        assert_eq!(logged, requests, "{}", run.stderr);
    }
}
