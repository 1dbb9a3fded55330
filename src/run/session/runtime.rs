//! The async runtime of a run.

use std::io;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// Longer than any run.
const RUN: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Starts a runtime with a worker thread per core.
///
/// # Errors
/// The operating system gives no more threads. Tokio itself would panic.
pub fn start_runtime() -> Result<Runtime, Error> {
    // Only the number of cores may be unknown; tokio then takes one too.
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    // One more for blocking calls, such as looking up a host name.
    let started = try_threads(workers + 1).and_then(|()| {
        Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_keep_alive(RUN)
            .enable_all()
            .build()
    });
    // Where no other thread can be made, blocking calls wait for this one. Without one, tokio would panic.
    if let Ok(runtime) = &started {
        drop(runtime.spawn_blocking(|| ()));
    }
    started.map_err(|source| Error::System {
        action: "start the async runtime",
        source,
    })
}

/// Starts as many threads as the runtime needs, all at once, and ends them again.
fn try_threads(count: usize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // The threads wait for this lock, which is released when the closure ends, also early.
        let _held = gate.lock();
        for _ in 0..count {
            thread::Builder::new().spawn_scoped(scope, || drop(gate.lock()))?;
        }
        Ok(())
    })
}
