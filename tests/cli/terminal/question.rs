//! The question on a terminal.

use ringfence::sandbox::Options;
use rustix::process::Signal;

use super::emulator::OnTerminal;
use crate::apply::sandbox_in_test::Azure;
use crate::azure_bodies::premium_registry;
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
