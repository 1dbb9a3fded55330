//! Interruptions while something is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::error::Exit;

/// Watches for SIGINT and SIGTERM. The first ends the run after the step in hand; a second stops at once.
pub(crate) struct Signals {
    pub(crate) cancel: CancellationToken,
    /// The exit code of the signal that came, or 0.
    code: Arc<AtomicU8>,
    ended: Arc<AtomicBool>,
}

impl Signals {
    /// Begins to watch; needs a runtime. `told` is called when the first signal comes, unless the run has ended.
    pub(crate) fn watch(told: impl Fn() + Send + 'static) -> Self {
        let signals = Self {
            cancel: CancellationToken::new(),
            code: Arc::default(),
            ended: Arc::default(),
        };
        let (cancel, code, ended) = (
            signals.cancel.clone(),
            signals.code.clone(),
            signals.ended.clone(),
        );
        // Listening begins before anything is written, and goes on without a gap between two signals.
        let mut source = Source::listen();
        tokio::spawn(async move {
            loop {
                let exit = source.next().await;
                if cancel.is_cancelled() {
                    std::process::exit(exit.code().into());
                }
                code.store(exit.code(), Ordering::Relaxed);
                // Before the run hears of it, which may end it at once.
                if !ended.load(Ordering::Relaxed) {
                    told();
                }
                cancel.cancel();
            }
        });
        signals
    }

    /// How the run must end, if a signal came. One that comes later changes nothing any more.
    pub(crate) fn received(&self) -> Option<Exit> {
        self.ended.store(true, Ordering::Relaxed);
        match self.code.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

/// Where signals come from.
#[cfg(unix)]
struct Source(Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Source {
    /// Without handlers the signals do what they do by default.
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

/// Where signals come from.
#[cfg(not(unix))]
struct Source;

#[cfg(not(unix))]
impl Source {
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
