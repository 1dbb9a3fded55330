//! Runs a command as a child process: its environment, its signals, its exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::stderr::tell;
use crate::error::{Error, Exit};
use crate::render::safe;

/// Exit codes of a shell for a command that does not exist, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Time that a command gets to end by itself when its time is over.
const GRACE: Duration = Duration::from_secs(10);

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
    wait(&mut child, signals).await
}

/// Runs a command to its end, for at most this time. Then it is asked to end, and ended after a grace period.
pub(crate) async fn run_for(
    program: &OsString,
    words: &[OsString],
    signals: &mut EndSignals,
    limit: Duration,
) -> Result<Exit, Error> {
    let mut child = match spawn(program, words, &Variables::new()) {
        Ok(child) => child,
        Err(source) => return Ok(not_started(program, &source)),
    };
    if let Ok(ended) = timeout(limit, wait(&mut child, signals)).await {
        return ended;
    }
    tell("error[timeout]: the time of --max-time, or of the lease, is over: ending the command\n");
    signals::ask_to_end(&child);
    if let Ok(ended) = timeout(GRACE, wait(&mut child, signals)).await {
        return ended;
    }
    child.start_kill().map_err(cannot_wait)?;
    wait(&mut child, signals).await
}

/// Waits until the command ends.
async fn wait(child: &mut Child, signals: &mut EndSignals) -> Result<Exit, Error> {
    loop {
        tokio::select! {
            ended = child.wait() => {
                return ended.map(|status| Exit::Command(code(status))).map_err(cannot_wait);
            }
            // A signal is passed on; the command decides when it ends.
            signal = signals.next() => signal.forward(child),
        }
    }
}

fn cannot_wait(source: io::Error) -> Error {
    Error::System {
        action: "wait for the command",
        source,
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
use unix as signals;
#[cfg(unix)]
pub(crate) use unix::EndSignals;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;

    use rustix::process::{Pid, Signal as Number, getpgrp, kill_process};
    use rustix::termios::tcgetpgrp;
    use tokio::process::Child;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use crate::run::ignores_hangup;

    /// The signals that ask for an end, and those that a command may use for itself. Each would end this process.
    pub(crate) struct EndSignals {
        interrupt: Stream,
        quit: Stream,
        terminate: Stream,
        /// `None` where SIGHUP is ignored, as under `nohup`. The command inherits that.
        hangup: Option<Stream>,
        user1: Stream,
        user2: Stream,
    }

    /// One of these signals.
    pub(crate) struct Received(Number);

    impl EndSignals {
        /// Begins to listen. From then on these signals do not end the process by themselves.
        pub(crate) fn listen() -> io::Result<Self> {
            let hangup = match ignores_hangup() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            };
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                terminate: signal(SignalKind::terminate())?,
                hangup,
                user1: signal(SignalKind::user_defined1())?,
                user2: signal(SignalKind::user_defined2())?,
            })
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) -> Received {
            let hung_up = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Received(Number::INT),
                _ = self.quit.recv() => Received(Number::QUIT),
                _ = self.terminate.recv() => Received(Number::TERM),
                _ = hung_up => Received(Number::HUP),
                _ = self.user1.recv() => Received(Number::USR1),
                _ = self.user2.recv() => Received(Number::USR2),
            }
        }
    }

    impl Received {
        /// Passes the signal on to the command. A terminal sends Ctrl-C and `Ctrl-\` to the command itself, so they are left
        /// out: many commands take a second one for the wish to end at once.
        pub(crate) fn forward(&self, child: &Child) {
            if matches!(self.0, Number::INT | Number::QUIT) && is_in_foreground() {
                return;
            }
            send(child, self.0);
        }
    }

    /// Returns true if a terminal sends its signals to the process group of this process, which is that of the command too. Its
    /// stdin may be something else.
    fn is_in_foreground() -> bool {
        let Ok(terminal) = File::open("/dev/tty") else {
            return false;
        };
        tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp())
    }

    /// Asks the command to end.
    pub(crate) fn ask_to_end(child: &Child) {
        send(child, Number::TERM);
    }

    fn send(child: &Child, signal: Number) {
        // A command that has ended has no id, and needs no signal.
        if let Some(id) = child.id()
            && let Ok(id) = i32::try_from(id)
            && let Some(pid) = Pid::from_raw(id)
        {
            let _ = kill_process(pid, signal);
        }
    }
}

#[cfg(not(unix))]
use other as signals;
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

    /// Leaves the command alone: there is no signal that asks it to end.
    pub(crate) fn ask_to_end(_: &Child) {}
}
