//! Access for a while on a terminal.

use std::process::Command;

use ringfence::sandbox::{Options, Phase};
use rustix::process::Signal;

use super::emulator::OnTerminal;
use crate::apply::apply_run::denying;
use crate::apply::sandbox_in_test::Azure;
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

fn scenario() -> Scenario {
    let registries = [denying("contoso", &["203.0.113.7"], false)];
    Scenario::new(&spec_of(""), &registries)
}

/// Tells of each Ctrl-C, until a line is typed.
const COUNTS: &str = "trap 'echo caught' INT; echo begun
until read -r line </dev/tty; do :; done
echo done";

/// The terminal is that of both processes, whatever their stdin is.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_reaches_a_command_once() {
    for stdin in ["/dev/tty", "/dev/null"] {
        let scenario = scenario();
        let azure = Azure::serve(&scenario, Options::default());
        // A session of its own has the terminal in its foreground, as under a shell.
        let mut command = Command::new("/usr/bin/setsid");
        command
            .args(["--ctty", "--wait", "/bin/sh", "-c"])
            .arg(format!("exec \"$0\" \"$@\" <{stdin}"))
            .arg(env!("CARGO_BIN_EXE_ringfence"))
            .args([
                "with-access",
                "contoso",
                "--ip",
                "203.0.113.7",
                "--",
                "/bin/sh",
                "-c",
            ])
            .arg(COUNTS);
        azure.prepare(&scenario, &mut command);
        let mut running = OnTerminal::start(command, 100, 30);
        running.wait_for("begun");
        running.press("\x03");
        running.wait_for("caught");
        running.type_line("end");
        let ended = running.end();
        assert_eq!(ended.code, 0, "{}", ended.raw);
        assert_eq!(ended.raw.matches("caught").count(), 1, "{stdin}: {}", ended.raw);
    }
}

#[test]
fn signal_is_told_while_a_registry_is_opened_or_closed() {
    let scenario = scenario();
    let open = [
        "open",
        "contoso",
        "--ip",
        "198.51.100.7",
        "--lease",
        "job",
        "--wait",
        "1s",
    ];
    let close = ["close", "contoso", "--lease", "job"];
    let rows = [
        (&open[..], "closing what was opened", 130),
        (&close, "the close goes on to its end", 0),
    ];
    for (words, told, code) in rows {
        if words == close {
            let azure = Azure::serve(&scenario, Options::default());
            assert_eq!(azure.run(&scenario, &open).code, 0);
        }
        let (mut azure, patching) = Azure::serve_holding(&scenario, |event| {
            event.phase == Phase::Before && event.method == "PATCH"
        });
        let running = azure.command(&scenario, words);
        let mut running = OnTerminal::start(running, 100, 30);
        patching.recv().unwrap();
        running.send(Signal::INT);
        running.wait_for(told);
        azure.release_requests();
        let ended = running.end();
        assert_eq!(ended.code, code, "{}", ended.raw);
        let tags = scenario.resource("contoso")["tags"].to_string();
        assert!(!tags.contains("ringfence-lease"), "{tags}");
    }
}
