//! Runs a command inside: its environment, its signals, its end.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

use crate::error::{Error, Exit};

/// What a shell answers for a command that is not there, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Variables to set, or with `None` to take out.
type Variables<'a> = &'a [(&'static str, Option<String>)];

/// Runs a command to its end. Its exit code becomes ours: 128 + n where signal n killed it.
pub(crate) async fn run(
    program: &OsString,
    words: &[OsString],
    variables: Variables<'_>,
    signals: &mut Signals,
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
            signal = signals.next() => signal.forward(&child),
        }
    }
}

fn spawn(program: &OsString, words: &[OsString], variables: Variables<'_>) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::inherit()).kill_on_drop(true);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.spawn()
}

/// Answers as a shell does, so that a script need not tell us from one.
fn not_started(program: &OsString, error: &io::Error) -> Exit {
    use std::io::Write;
    let name = program.to_string_lossy();
    let text = format!("error: cannot run `{}`: {error}\n", crate::render::safe(&name));
    // There is nowhere left to say that stderr is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
    Exit::Command(if error.kind() == ErrorKind::NotFound {
        NOT_FOUND
    } else {
        NOT_EXECUTABLE
    })
}

#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let killed = status.signal().map(|signal| 128 + signal);
    let code = status.code().or(killed).unwrap_or(1);
    u8::try_from(code).unwrap_or(u8::MAX)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    u8::try_from(status.code().unwrap_or(1)).unwrap_or(u8::MAX)
}

#[cfg(unix)]
pub(crate) use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal};

    use rustix::process::{Pid, Signal as Number, kill_process};
    use tokio::process::Child;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// The signals that ask for an end.
    pub(crate) struct Signals {
        interrupt: Stream,
        terminate: Stream,
        hangup: Stream,
    }

    /// One of them.
    pub(crate) struct Received(Number);

    impl Signals {
        /// From now on these signals no longer end the process by themselves.
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        /// Waits for the next one.
        pub(crate) async fn next(&mut self) -> Received {
            tokio::select! {
                _ = self.interrupt.recv() => Received(Number::INT),
                _ = self.terminate.recv() => Received(Number::TERM),
                _ = self.hangup.recv() => Received(Number::HUP),
            }
        }
    }

    impl Received {
        /// Passes the signal on. A terminal sends Ctrl-C to the command too, and twice would be once too often.
        pub(crate) fn forward(&self, child: &Child) {
            if self.0 == Number::INT && io::stdin().is_terminal() {
                return;
            }
            let id = child.id().and_then(|id| i32::try_from(id).ok());
            if let Some(pid) = id.and_then(Pid::from_raw) {
                // A command that has ended meanwhile needs no signal.
                let _ = kill_process(pid, self.0);
            }
        }
    }
}

#[cfg(not(unix))]
pub(crate) use other::Signals;

#[cfg(not(unix))]
mod other {
    use std::io;

    use tokio::process::Child;

    /// Ctrl-C, which the console sends to the command too.
    pub(crate) struct Signals;

    /// Ctrl-C.
    pub(crate) struct Received;

    impl Signals {
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
