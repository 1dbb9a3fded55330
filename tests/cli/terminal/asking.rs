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

const OPEN: [&str; 4] = ["open", "--ip", "198.51.100.7", "--allow-public-access"];
/// Every command that asks, with the question that it asks first.
const ASKING: [(&[&str], &str); 9] = [
    (&OPEN, "registry:"),
    (&["close", "--lease", "job"], "registry:"),
    (&["with-access", "--", "/bin/true"], "registry:"),
    (&["endpoints"], "registry:"),
    (&["rule", "list"], "registry:"),
    (&["explain", "--from", "8.8.8.8"], "registry:"),
    (
        &["explain", "--from", "8.8.8.8", "--spec", "both.yaml"],
        "registry:",
    ),
    (&["init"], "from scratch:"),
    (&["init", "--from", "scratch"], "prints them:"),
];

/// Starts a command that asks, and waits for its question.
fn at_the_question(scenario: &Scenario, azure: &Azure, words: &[&str], question: &str) -> OnTerminal {
    let ids = ["contosoprod", "fabrikam"].map(registry_id);
    let spec = format!(
        "version: 1\nregistries: [{{id: {}}}, {{id: {}}}]\n",
        ids[0], ids[1]
    );
    scenario.write("both.yaml", &spec);
    let mut running = OnTerminal::start(azure.command(scenario, words), 100, 30);
    running.wait_for(question);
    running
}

#[test]
fn question_without_an_answer_is_a_refusal() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    for (words, question) in ASKING {
        let mut running = at_the_question(&scenario, &azure, words, question);
        // Ctrl-D, as at the question of apply.
        running.press("\x04");
        let ended = running.end();
        assert_eq!(ended.code, 3, "{words:?} {}", ended.raw);
        let text = ended.rows.join("\n");
        assert!(text.contains("no answer: nothing was written"), "{text}");
        assert!(text.contains("\nhelp: "), "{text}");
        assert!(ended.is_restored, "{words:?}");
    }
    // A later question of `init` ends as the first.
    let mut running = at_the_question(&scenario, &azure, &["init"], "from scratch:");
    running.type_line("live");
    running.wait_for("Registries, or `all`:");
    running.type_line("all");
    running.wait_for("Write the spec to:");
    running.press("\x1b");
    assert_eq!(running.end().code, 3);
    assert!(scenario.requests().iter().all(|(method, _)| method != "PATCH"));
    assert!(!scenario.path("ringfence.yaml").exists());
}

#[test]
fn interruption_of_a_question_says_that_nothing_was_written() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    for (words, question) in ASKING {
        let mut running = at_the_question(&scenario, &azure, words, question);
        running.press("\x03");
        let ended = running.end();
        assert_eq!(ended.code, 130, "{words:?} {}", ended.raw);
        assert_eq!(ended.rows.last().unwrap(), "interrupted: nothing was written");
        assert!(ended.is_restored, "{words:?}");
    }
}

#[test]
fn signal_at_a_question_gives_the_terminal_back() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    for (words, question) in ASKING {
        let running = at_the_question(&scenario, &azure, words, question);
        running.send(Signal::TERM);
        let ended = running.end();
        assert_eq!(ended.code, 143, "{words:?} {}", ended.raw);
        assert_eq!(ended.rows.last().unwrap(), "interrupted: nothing was written");
        assert!(ended.is_restored, "{words:?}");
    }
}

#[test]
fn empty_answer_without_a_default_is_asked_for_again() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    let mut running = at_the_question(&scenario, &azure, &["endpoints"], "registry:");
    running.press("\r");
    running.wait_for("A response is required.");
    running.press("fabrikam\r");
    assert_eq!(running.end().code, 0);
}

/// A log of a pipeline may look like a terminal, and has no user.
#[test]
fn pipeline_is_never_asked() {
    let scenario = scenario();
    let azure = Azure::serve(&scenario, Options::default());
    for (variable, value) in [("CI", "true"), ("TF_BUILD", "True")] {
        let mut command = azure.command(&scenario, &["endpoints"]);
        command.env(variable, value);
        let ended = OnTerminal::start(command, 100, 30).end();
        assert_eq!(ended.code, 64, "{variable} {}", ended.raw);
    }
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
    // A file that exists is no answer, and the answers before it stay.
    scenario.write("taken.yaml", "version: 1\n");
    running.wait_for("Write the spec to: (ringfence.yaml)");
    running.type_line("taken.yaml");
    running.wait_for("`taken.yaml` exists");
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
    let next = "Next: ringfence plan all.yaml --sandbox=";
    let imported = "imported 2 registries";
    let written = "Wrote all.yaml: 2 registries.";
    expect(&scenario.run(&words), 0, &[written, next, imported]);
    expect(&scenario.run(&["plan", "all.yaml"]), 0, &["No changes."]);
    expect(&scenario.run(&words), 64, &["`all.yaml` exists", "--to FILE"]);
    // The flags narrow `all`.
    let id = registry_id("contosoprod");
    let subscription = id.split('/').nth(2).unwrap();
    let words = [
        "init",
        "--from",
        "live",
        "all",
        "--to",
        "part.yaml",
        "-g",
        "nosuch",
    ];
    expect(&scenario.run(&words), 64, &["add --subscription ID"]);
    let words = [&words[..], &["--subscription", subscription]].concat();
    expect(&scenario.run(&words), 1, &["ResourceGroupNotFound"]);
    assert!(!scenario.path("part.yaml").exists());
    let dash = ["init", "--from", "live", "all", "--to", "-"];
    expect(&scenario.run(&dash), 64, &["`-` is not a file"]);
    let id = registry_id("northwind");
    let scratch = ["init", "--from", "scratch", &id, "--to", "scratch.yaml"];
    expect(
        &scenario.run_plain(&scratch),
        0,
        &["Wrote scratch.yaml: 1 registry."],
    );
    expect(&scenario.run_plain(&["validate", "scratch.yaml"]), 0, &["Valid."]);
}
