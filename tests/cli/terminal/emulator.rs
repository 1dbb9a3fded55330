//! A pseudo-terminal with the binary on one side and a terminal emulator on the other.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// More lines than any run writes.
const SCROLLBACK: usize = 100_000;

/// Opens a pseudo-terminal: the side of the user, and the side of the binary.
pub(crate) fn open() -> (File, File) {
    // A run that inherits this side keeps its own terminal open.
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let mut options = std::fs::OpenOptions::new();
    (master.into(), options.read(true).write(true).open(name).unwrap())
}

/// A run of the binary on a terminal. It is killed when a test fails before its end.
pub(super) struct OnTerminal {
    child: Child,
    user: File,
    emulator: vt100::Parser,
    /// All that was written, escape sequences included.
    pub(super) raw: String,
}

/// The terminal after the run.
pub(super) struct Ended {
    pub(super) code: i32,
    /// All rows, those that were scrolled out of sight first.
    pub(super) rows: Vec<String>,
    pub(super) raw: String,
    /// True if the terminal collects lines and echoes them, as a shell expects it.
    pub(super) is_restored: bool,
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl OnTerminal {
    /// Starts a command on a terminal of `columns` × `lines`.
    pub(super) fn start(mut command: Command, columns: u16, lines: u16) -> Self {
        let (user, binary) = open();
        let size = Winsize {
            ws_row: lines,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&binary, size).unwrap();
        let child = command
            .env("TERM", "xterm")
            .stdin(binary.try_clone().unwrap())
            .stdout(binary.try_clone().unwrap())
            .stderr(binary)
            .spawn()
            .unwrap();
        // The command keeps its side of the terminal open until it is dropped, here.
        drop(command);
        let size = |n| NonZeroU16::new(n).unwrap();
        Self {
            child,
            user,
            emulator: vt100::Parser::new(size(lines), size(columns), SCROLLBACK),
            raw: String::new(),
        }
    }

    /// Reads what the binary has written. Returns false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 8192];
        // Linux reports the closed side as an error.
        let count = self.user.read(&mut buffer).unwrap_or(0);
        self.emulator.process(&buffer[..count]);
        self.raw += &String::from_utf8_lossy(&buffer[..count]);
        count > 0
    }

    /// Waits until the screen shows this text, and returns the screen.
    pub(super) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(self.read(), "no `{text}` in\n{screen}");
        }
    }

    /// Returns the rows of the screen, each with a line break before and after it.
    fn screen(&self) -> String {
        let screen = self.emulator.screen();
        let (_, columns) = screen.size();
        let mut text = "\n".to_owned();
        for row in screen.rows(0, columns.get()) {
            text += row.trim_end();
            text.push('\n');
        }
        text
    }

    pub(super) fn type_line(&mut self, text: &str) {
        self.press(text);
        self.press("\n");
    }

    /// Presses keys, such as `\x04` for Ctrl-D.
    pub(super) fn press(&mut self, keys: &str) {
        self.user.write_all(keys.as_bytes()).unwrap();
    }

    pub(super) fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Closes the terminal, waits for the end of the run and returns its code.
    pub(super) fn close(mut self) -> i32 {
        self.user = File::open("/dev/null").unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    pub(super) fn end(mut self) -> Ended {
        while self.read() {}
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let modes = tcgetattr(&self.user).unwrap().local_modes;
        let screen = self.emulator.screen_mut();
        let (_, columns) = screen.size();
        let mut rows = Vec::new();
        for above in (1..=screen.scrollback_len()).rev() {
            screen.set_scrollback(above);
            rows.extend(screen.rows(0, columns.get()).next());
        }
        screen.set_scrollback(0);
        rows.extend(screen.rows(0, columns.get()));
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        Ended {
            code,
            rows,
            raw: std::mem::take(&mut self.raw),
            is_restored: modes.contains(LocalModes::ICANON | LocalModes::ECHO),
        }
    }
}
