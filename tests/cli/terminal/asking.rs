//! Questions for what a command line leaves out.

use ringfence::sandbox::Options;
use rustix::process::Signal;

use super::emulator::OnTerminal;
use crate::apply::apply_run::{denying, expect};
use crate::apply::sandbox_in_test::Azure;
use crate::azure_bodies::registry_id;
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

fn scenario() -> Scenario {
    let registries = [
        denying("contosoprod", &["203.0.113.7"], false),
        denying("fabrikam", &["203.0.113.8"], false),
    ];
    Scenario::new(&spec_of(""), &registries)
}

#[test]
fn missing_registry_is_asked_for_and_completed() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["explain", "--from", "203.0.113.7"]);
    let mut running = OnTerminal::start(command, 100, 30);
    running.wait_for("contosoprod, fabrikam (Tab completes)");
    running.wait_for("registry:");
    running.type_line("con\t");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{}", ended.raw);
    assert!(ended.raw.contains("203.0.113.7"), "{}", ended.raw);
    assert!(
        ended.rows.iter().any(|row| row.contains("gets in")),
        "{:?}",
        ended.rows
    );
}

#[test]
fn rule_asks_for_its_registry_too() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["rule", "list", "-o", "text"]);
    let mut running = OnTerminal::start(command, 100, 30);
    running.wait_for("registry:");
    running.type_line("fabrikam");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{}", ended.raw);
    assert!(ended.raw.contains("203.0.113.8"), "{}", ended.raw);
}

#[test]
fn registry_to_open_and_to_close_is_asked_for() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let open = ["open", "--ip", "198.51.100.7", "--lease", "job", "--wait", "1s"];
    let close = ["close", "--lease", "job"];
    for (words, said) in [
        (&open[..], "open for 198.51.100.7"),
        (&close, "closed for 198.51.100.7"),
    ] {
        let mut running = OnTerminal::start(azure.command(&scenario, words), 100, 30);
        running.wait_for("registry:");
        running.type_line("fabrikam");
        let ended = running.end();
        assert_eq!(ended.code, 0, "{}", ended.raw);
        assert!(ended.raw.contains(said), "{}", ended.raw);
    }
    let words = ["with-access", "--", "/bin/true"];
    expect(&scenario.run_plain(&words), 64, &["no registry is named"]);
}

#[test]
fn signal_at_the_question_ends_the_run() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["endpoints"]);
    let mut running = OnTerminal::start(command, 100, 30);
    running.wait_for("registry:");
    running.send(Signal::TERM);
    assert_eq!(running.end().code, 143);
}

/// A log of a pipeline may look like a terminal, and has no user.
#[test]
fn pipeline_is_never_asked() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let mut command = azure.command(&scenario, &["endpoints"]);
    command.env("CI", "true");
    let ended = OnTerminal::start(command, 100, 30).end();
    assert_eq!(ended.code, 64, "{}", ended.raw);
    let piped = scenario.run(&["explain", "--from", "8.8.8.8"]);
    expect(
        &piped,
        64,
        &["no registry is named", "ringfence explain REGISTRY"],
    );
    let piped = scenario.run(&["init"]);
    expect(&piped, 64, &["--from live or --from scratch"]);
}

#[test]
fn init_asks_three_questions_and_writes_a_valid_spec() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let command = azure.command(&scenario, &["init"]);
    let mut running = OnTerminal::start(command, 100, 30);
    running.wait_for("From live registries, or from scratch");
    running.type_line("live");
    running.wait_for("Registries, or `all`");
    running.type_line("fab\t");
    running.wait_for("Write the spec to");
    running.type_line("");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{}", ended.raw);
    assert!(
        ended.raw.contains("Wrote ringfence.yaml: 1 registry."),
        "{}",
        ended.raw
    );
    azure.stop();
    expect(&scenario.run_plain(&["validate"]), 0, &["Valid. 1 registry."]);
    expect(&scenario.run(&["plan"]), 0, &["No changes."]);
}

#[test]
fn init_needs_no_terminal_with_all_flags() {
    let scenario = scenario();
    let words = ["init", "--from", "live", "all", "--to", "all.yaml"];
    expect(&scenario.run(&words), 0, &["Wrote all.yaml: 2 registries."]);
    expect(&scenario.run(&["plan", "all.yaml"]), 0, &["No changes."]);
    expect(&scenario.run(&words), 64, &["`all.yaml` exists", "--to FILE"]);
    let id = registry_id("northwind");
    let scratch = ["init", "--from", "scratch", &id, "--to", "scratch.yaml"];
    expect(
        &scenario.run_plain(&scratch),
        0,
        &["Wrote scratch.yaml: 1 registry."],
    );
    expect(&scenario.run_plain(&["validate", "scratch.yaml"]), 0, &["Valid."]);
}
