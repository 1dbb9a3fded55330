//! The question on a terminal.

use std::process::Command;

use ringfence::sandbox::Options;
use rustix::process::Signal;
use serde_json::Value;

use super::emulator::OnTerminal;
use crate::access::{OTHER, OWN, registry};
use crate::apply::apply_run::denying;
use crate::apply::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

fn scenario() -> Scenario {
    Scenario::new(&spec_of(DENY), &[premium_registry("contoso")])
}

#[test]
fn signal_at_the_question_writes_nothing_and_says_so() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scenario = scenario();
        let azure = Azure::serve(&scenario, Options::default());
        let command = azure.command(&scenario, &["apply", "spec.yaml"]);
        let mut running = OnTerminal::start(command, 80, 24);
        running.wait_for("Only `yes`");
        running.send(signal);
        let ended = running.end();
        assert_eq!(ended.code, code, "{}", ended.raw);
        assert_eq!(ended.rows.last().unwrap(), "interrupted: nothing was written");
        assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
    }
}

/// A program that ignores SIGHUP finds that its terminal is gone when it reads the answer.
#[test]
fn terminal_that_is_closed_at_the_question_is_no_yes() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let mut command = Command::new("/bin/sh");
    let script = format!(
        "trap '' HUP; {} apply spec.yaml -o json=error.json",
        env!("CARGO_BIN_EXE_ringfence")
    );
    command.args(["-c", &script]);
    azure.prepare(&scenario, &mut command);
    let mut running = OnTerminal::start(command, 80, 24);
    running.wait_for("Only `yes`");
    assert_eq!(running.close(), 3);
    let error: Value = serde_json::from_str(&scenario.read("error.json")).unwrap();
    assert_eq!(error["error"]["code"], "not-confirmed");
    assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
}

/// Seven registries: most switch to Deny, one to Allow.
#[test]
fn question_says_where_as_whom_and_what_is_grave() {
    let (mut spec, mut resources) = ("version: 1\nregistries:\n".to_owned(), Vec::new());
    for n in 0..7 {
        let name = format!("contoso{n}");
        spec += &format!("  - id: {}\n{DENY}", registry_id(&name));
        resources.push(premium_registry(&name));
    }
    spec += &format!("  - id: {}\n    defaultAction: Allow\n", registry_id("fabrikam"));
    resources.push(denying("fabrikam", &["203.0.113.7"], false));
    let scenario = Scenario::new(&spec, &resources);
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["apply", "spec.yaml"]);
    let mut running = OnTerminal::start(command, 120, 60);
    let screen = running.wait_for("Only `yes` is taken as an answer:");
    let (_, question) = screen.split_once("Apply to ").unwrap();
    let (place, rest) = question.split_once("application ").unwrap();
    let (_, grave) = rest.split_once('\n').unwrap();
    let question = format!("Apply to {place}application ID\n{}", grave.trim_end());
    insta::assert_snapshot!(question, @r"
    Apply to 8 registries: contoso0, contoso1, contoso2, contoso3, contoso4 and 3 more?
      in sandbox, subscription 00000000-0000-0000-0000-000000000001
      signed in as application ID
      contoso0, contoso1, contoso2, contoso3, contoso4 and 2 more switch the default action to Deny
      fabrikam switches the default action to Allow
    Only `yes` is taken as an answer:
    ");
    running.type_line("no");
    assert_eq!(running.end().code, 3);
    assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
}

/// A saved plan needs no request before the question, so the identity is asked for.
#[test]
fn question_about_a_saved_plan_names_the_identity_too() {
    let scenario = scenario();
    let saved = scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["apply", "--plan", "plan.json"]);
    let mut running = OnTerminal::start(command, 80, 24);
    running.wait_for("  signed in as application ");
}

#[test]
fn only_yes_is_taken() {
    for (answer, code) in [("y", 3), ("YES", 3), ("yes", 0)] {
        let scenario = scenario();
        let azure = Azure::serve(&scenario, Options::default());
        let command = azure.command(&scenario, &["apply", "spec.yaml"]);
        let mut running = OnTerminal::start(command, 80, 24);
        running.wait_for("Only `yes`");
        running.type_line(answer);
        assert_eq!(running.end().code, code, "{answer}");
    }
}

#[test]
fn lease_that_opens_at_the_question_refuses_the_registry() {
    let wants = format!("    ipRules: [{OWN}, {OTHER}]\n");
    let scenario = Scenario::new(&spec_of(&wants), &[registry("Enabled", "Deny")]);
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["apply", "spec.yaml"]);
    let mut running = OnTerminal::start(command, 100, 40);
    running.wait_for("Only `yes`");
    let open = ["open", &registry_id("contoso"), "--ip", OWN, "--lease", "job"];
    let opened = azure.command(&scenario, &open).output().expect("the binary runs");
    assert!(
        opened.status.success(),
        "{}",
        String::from_utf8_lossy(&opened.stderr)
    );
    running.type_line("yes");
    let ended = running.end();
    assert_eq!(ended.code, 3, "{}", ended.raw);
    assert!(ended.raw.contains("held-by-lease"), "{}", ended.raw);
}

/// Time passes at the question, also for a registry that the plan leaves as it is.
#[test]
fn registry_without_changes_is_read_after_the_question() {
    let [contoso, fabrikam] = ["contoso", "fabrikam"].map(registry_id);
    let spec = format!("version: 1\nregistries:\n  - id: {contoso}\n{DENY}  - id: {fabrikam}\n{DENY}");
    let as_wanted = denying("fabrikam", &["203.0.113.7"], false);
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), as_wanted]);
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(
        &scenario,
        &["apply", "spec.yaml", "-o", "text", "-o", "json=report.json"],
    );
    let mut running = OnTerminal::start(command, 100, 40);
    running.wait_for("Only `yes`");
    azure.put(denying("fabrikam", &["198.51.100.1"], false));
    running.type_line("yes");
    let ended = running.end();
    assert_eq!(ended.code, 4, "{}", ended.raw);
    let report: Value = serde_json::from_str(&scenario.read("report.json")).unwrap();
    assert_eq!(report["registries"][1]["refusals"][0]["code"], "stale-plan");
    assert_eq!(report["summary"]["verified"], 1);
}
