//! Commands that run another one on the same terminal.

use std::process::Command;

use ringfence::sandbox::Options;

use super::emulator::OnTerminal;
use crate::apply::apply_run::denying;
use crate::apply::sandbox_in_test::Azure;
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;

/// Tells of each Ctrl-C, until a line is typed.
const COUNTS: &str = "trap 'echo caught' INT; echo begun
until read -r line </dev/tty; do :; done
echo done";

/// The terminal is that of both processes, whatever their stdin is.
#[test]
fn ctrl_c_reaches_a_command_once() {
    for stdin in ["/dev/tty", "/dev/null"] {
        let registries = [denying("contoso", &["203.0.113.7"], false)];
        let scenario = Scenario::new(&spec_of(""), &registries);
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
