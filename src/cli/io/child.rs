//! Runs a command as a child process: its environment, its signals, its exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

use super::stderr::tell;
use crate::error::{Error, Exit};
use crate::render::safe;

/// Exit codes of a shell for a command that does not exist, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Variables to set, or with `None` to remove.
pub(crate) type Variables = Vec<(&'static str, Option<String>)>;

/// Runs a command to its end. Its exit code becomes ours: 128 + n where signal n killed it.
pub(crate) async fn run(
    program: &OsString,
    words: &[OsString],
    variables: &Variables,
    signals: &mut EndSignals,
) -> Result<Exit, Error> {
    let mut child = match spawn(program, words, variables) {
        Ok(child) => child,
        Err(source) => return Ok(not_started(program, &source)),
    };
    loop {
        tokio::select! {
            ended = child.wait() => {
                let status = ended.map_err(|source| Error::System {
                    action: "wait for the command",
                    source,
                })?;
                return Ok(Exit::Command(code(status)));
            }
            // A signal is passed on; the command decides when it ends.
            signal = signals.next() => signal.forward(&child),
        }
    }
}

fn spawn(program: &OsString, words: &[OsString], variables: &Variables) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::inherit()).kill_on_drop(true);
    // The rest of the environment is inherited.
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.spawn()
}

/// Returns the exit code of a shell, so that scripts can use either.
fn not_started(program: &OsString, error: &io::Error) -> Exit {
    let name = program.to_string_lossy();
    let text = format!("error[io]: cannot run `{}`: {error}\n", safe(&name));
    tell(&text);
    match error.kind() {
        ErrorKind::NotFound => Exit::Command(NOT_FOUND),
        _ => Exit::Command(NOT_EXECUTABLE),
    }
}

#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 1,
    };
    u8::try_from(code).unwrap_or(u8::MAX)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    u8::try_from(status.code().unwrap_or(1)).unwrap_or(u8::MAX)
}

#[cfg(unix)]
pub(crate) use unix::EndSignals;

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal};

    use rustix::process::{Pid, Signal as Number, kill_process};
    use tokio::process::Child;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// The signals that ask for an end.
    pub(crate) struct EndSignals {
        interrupt: Stream,
        terminate: Stream,
        hangup: Stream,
    }

    /// One of these signals.
    pub(crate) struct Received(Number);

    impl EndSignals {
        /// Begins to listen. From then on these signals do not end the process by themselves.
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) -> Received {
            tokio::select! {
                _ = self.interrupt.recv() => Received(Number::INT),
                _ = self.terminate.recv() => Received(Number::TERM),
                _ = self.hangup.recv() => Received(Number::HUP),
            }
        }
    }

    impl Received {
        /// Passes the signal on to the command. A terminal sends Ctrl-C to the command itself, so that is left out.
        pub(crate) fn forward(&self, child: &Child) {
            if self.0 == Number::INT && io::stdin().is_terminal() {
                return;
            }
            // A command that has ended has no id, and needs no signal.
            if let Some(id) = child.id()
                && let Ok(id) = i32::try_from(id)
                && let Some(pid) = Pid::from_raw(id)
            {
                let _ = kill_process(pid, self.0);
            }
        }
    }
}

#[cfg(not(unix))]
pub(crate) use other::EndSignals;

#[cfg(not(unix))]
mod other {
    use std::io;

    use tokio::process::Child;

    /// Ctrl-C, which the console sends to the command too.
    pub(crate) struct EndSignals;

    /// Ctrl-C.
    pub(crate) struct Received;

    impl EndSignals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> Received {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Received
        }
    }

    impl Received {
        pub(crate) fn forward(&self, _: &Child) {}
    }
}
