//! Interruptions of a run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use crate::error::Exit;
use crate::run::interface::{SignalEffect, SignalNotice};

/// The part of a run that a signal meets.
pub(crate) enum Stage {
    Reading,
    /// A question waits for its answer.
    Asking,
    /// Access is being opened for a while. A signal ends that after the current request, and what was opened is closed.
    Opening,
    /// Access is open for a while. Signals are for the command that uses it.
    Holding,
    /// Access is being closed. No signal ends that.
    Closing,
    /// The folder gets the states before the writes.
    Writing {
        snapshots: PathBuf,
    },
}

/// Watches for SIGINT, SIGTERM and SIGHUP until the process ends. Before the first write they end it at once. While something is
/// written, the first ends the run after the current step, and the second gives that step up. The run reports in both cases. A
/// third ends the process at once.
#[derive(Clone)]
pub(crate) struct Interruption {
    pub(crate) cancel: CancellationToken,
    pub(crate) abandon: CancellationToken,
    shared: Arc<Shared>,
}

struct Shared {
    /// Locked while the process is ended, so that no write begins meanwhile.
    stage: Mutex<Stage>,
    /// The exit code of the last signal that came while something was written, or 0.
    code: AtomicU8,
    /// True once the writing has ended.
    ended: AtomicBool,
}

impl Interruption {
    /// Begins to watch. `notice` is called when a signal comes, unless the writing has ended. Where the operating
    /// system gives no thread for it, signals end the process as they do by default.
    pub(crate) fn watch(notice: SignalNotice) -> Self {
        let interruption = Self {
            cancel: CancellationToken::new(),
            abandon: CancellationToken::new(),
            shared: Arc::new(Shared {
                stage: Mutex::new(Stage::Reading),
                code: AtomicU8::new(0),
                ended: AtomicBool::new(false),
            }),
        };
        let tokens = [interruption.cancel.clone(), interruption.abandon.clone()];
        let shared = interruption.shared.clone();
        let (listening, begun) = channel();
        // The thread outlives the runtime of the session: results are printed after that.
        let watcher = thread::Builder::new().spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                let mut signals = TerminationSignals::listen();
                // The session may have ended.
                let _ = listening.send(());
                // Listening goes on without a gap between two signals.
                loop {
                    let exit = signals.next().await;
                    shared.receive(exit, &tokens, &notice);
                }
            });
        });
        // Listening begins before anything is written.
        if watcher.is_ok() {
            let _ = begun.recv();
        }
        interruption
    }

    /// Moves on to another part of the run.
    pub(crate) fn set_stage(&self, stage: Stage) {
        *self.shared.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// Ends the writing, and returns the exit that a signal asks for, if one came. Later signals do not change the exit.
    pub(crate) fn received(&self) -> Option<Exit> {
        self.shared.ended.store(true, Ordering::Relaxed);
        match self.shared.code.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

impl Shared {
    /// Does what a signal asks for. Each of the tokens stands for one signal that the run survives.
    fn receive(&self, exit: Exit, tokens: &[CancellationToken; 2], notice: &SignalNotice) {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshots = match &*stage {
            Stage::Reading => end(exit, SignalEffect::EndsReading, notice),
            Stage::Asking => end(exit, SignalEffect::EndsQuestion, notice),
            Stage::Opening => {
                notice(SignalEffect::EndsOpening);
                return self.note(exit, &tokens[0]);
            }
            Stage::Holding => return self.note(exit, &tokens[0]),
            Stage::Closing => {
                notice(SignalEffect::FinishesClosing);
                return self.note(exit, &tokens[0]);
            }
            Stage::Writing { snapshots } => snapshots,
        };
        let [cancel, abandon] = tokens;
        let ended = self.ended.load(Ordering::Relaxed);
        // A report that cannot be written must not hold the process. Two signals may be one impatience, so the third one ends it.
        if abandon.is_cancelled() {
            end(exit, SignalEffect::EndsReport { snapshots }, notice);
        }
        self.code.store(exit.code(), Ordering::Relaxed);
        let (token, effect) = if cancel.is_cancelled() {
            (abandon, SignalEffect::AbandonsStep)
        } else {
            (cancel, SignalEffect::FinishesStep)
        };
        // The notice comes before the cancellation, which may end the run at once.
        if !ended {
            notice(effect);
        }
        token.cancel();
    }

    /// Keeps the exit that a signal asks for.
    fn note(&self, exit: Exit, cancel: &CancellationToken) {
        self.code.store(exit.code(), Ordering::Relaxed);
        cancel.cancel();
    }
}

/// Tells the user, and ends the process.
fn end(exit: Exit, effect: SignalEffect<'_>, notice: &SignalNotice) -> ! {
    notice(effect);
    std::process::exit(exit.code().into());
}

/// Source of SIGINT, SIGTERM and SIGHUP.
#[cfg(unix)]
struct TerminationSignals(Option<Listening>);

#[cfg(unix)]
struct Listening {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` where SIGHUP is ignored.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl TerminationSignals {
    /// Begins to listen. If no handlers can be set, the signals end the process as they do by default.
    fn listen() -> Self {
        Self(Self::all().ok())
    }

    fn all() -> std::io::Result<Listening> {
        use tokio::signal::unix::{SignalKind, signal};
        // `nohup` asks for a run that goes on without its terminal.
        let hangup = if ignores_hangup() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Listening {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup,
        })
    }

    async fn next(&mut self) -> Exit {
        let Some(Listening {
            interrupt,
            terminate,
            hangup,
        }) = &mut self.0
        else {
            return std::future::pending().await;
        };
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // Of two signals at once, the one that a program sent decides.
            biased;
            _ = terminate.recv() => Exit::Terminated,
            // The terminal is gone, or its shell ends.
            _ = hung_up => Exit::Terminated,
            _ = interrupt.recv() => Exit::Interrupted,
        }
    }
}

/// Returns true if the process was started with SIGHUP ignored. Only Linux says so in a file; elsewhere SIGHUP counts.
#[cfg(unix)]
pub fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
    mask.unwrap_or_default() & 1 == 1
}

/// Source of Ctrl-C.
#[cfg(not(unix))]
struct TerminationSignals;

#[cfg(not(unix))]
impl TerminationSignals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) -> Exit {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Exit::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}
