//! Interruptions while something is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::error::Exit;

/// Watches for SIGINT and SIGTERM. The first ends the run after the step in hand; a second stops at once.
pub(super) struct Signals {
    pub(super) cancel: CancellationToken,
    /// The exit code of the signal that came, or 0.
    code: Arc<AtomicU8>,
}

impl Signals {
    /// Begins to watch; needs a runtime.
    pub(super) fn watch() -> Self {
        let signals = Self {
            cancel: CancellationToken::new(),
            code: Arc::default(),
        };
        let (cancel, code) = (signals.cancel.clone(), signals.code.clone());
        tokio::spawn(async move {
            loop {
                let exit = next().await;
                if cancel.is_cancelled() {
                    std::process::exit(exit.code().into());
                }
                code.store(exit.code(), Ordering::Relaxed);
                cancel.cancel();
            }
        });
        signals
    }

    /// How the run must end, if a signal came.
    pub(super) fn received(&self) -> Option<Exit> {
        match self.code.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

#[cfg(unix)]
async fn next() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the signals do what they do by default.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

#[cfg(not(unix))]
async fn next() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
