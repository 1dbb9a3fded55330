//! Interruptions while something is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::error::Exit;

/// Watches for SIGINT and SIGTERM. The first ends the run after the current step; a second ends the process at once.
pub(crate) struct Interruption {
    pub(crate) cancel: CancellationToken,
    /// The exit code of the signal that came, or 0.
    code: Arc<AtomicU8>,
    ended: Arc<AtomicBool>,
}

impl Interruption {
    /// Begins to watch; needs a runtime. `notice` is called when the first signal comes, unless the run has ended.
    pub(crate) fn watch(notice: Box<dyn Fn() + Send>) -> Self {
        let interruption = Self {
            cancel: CancellationToken::new(),
            code: Arc::default(),
            ended: Arc::default(),
        };
        let cancel = interruption.cancel.clone();
        let code = interruption.code.clone();
        let ended = interruption.ended.clone();
        // Listening begins before anything is written, and goes on without a gap between two signals.
        let mut signals = TerminationSignals::listen();
        tokio::spawn(async move {
            loop {
                let exit = signals.next().await;
                if cancel.is_cancelled() {
                    std::process::exit(exit.code().into());
                }
                code.store(exit.code(), Ordering::Relaxed);
                // The notice comes before the cancellation, which may end the run at once.
                if !ended.load(Ordering::Relaxed) {
                    notice();
                }
                cancel.cancel();
            }
        });
        interruption
    }

    /// Returns the exit that a signal asks for, if one came. Later signals do not change the exit.
    pub(crate) fn received(&self) -> Option<Exit> {
        self.ended.store(true, Ordering::Relaxed);
        match self.code.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

/// Source of SIGINT and SIGTERM.
#[cfg(unix)]
struct TerminationSignals(Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl TerminationSignals {
    /// Begins to listen. If no handlers can be set, the signals end the process as they do by default.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt()).ok();
        Self(interrupt.zip(signal(SignalKind::terminate()).ok()))
    }

    async fn next(&mut self) -> Exit {
        let Some((interrupt, terminate)) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
        }
    }
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
