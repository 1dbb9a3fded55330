//! The async runtime of a run.

use std::io::{self, ErrorKind};
use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
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
/// The operating system gives no more threads.
pub fn start_runtime() -> Result<Runtime, Error> {
    // Only the number of cores may be unknown; tokio then takes one too.
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    // One more for blocking calls, such as looking up a host name.
    let started = try_threads(workers + 1).and_then(|()| quietly(|| build(workers)));
    started.map_err(|source| Error::System {
        action: "start the async runtime",
        source,
    })
}

/// Builds the runtime. Tokio panics where the operating system gives no thread.
fn build(workers: usize) -> io::Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_keep_alive(RUN)
        .enable_all()
        .build()?;
    // Where no other thread can be made, blocking calls wait for this one. Without one, tokio would panic.
    drop(runtime.spawn_blocking(|| ()));
    Ok(runtime)
}

/// Turns a panic into an error, without the message of the panic. Other processes of the user can take the last threads
/// between the check and the start.
fn quietly<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let started = panic::catch_unwind(AssertUnwindSafe(start));
    panic::set_hook(hook);
    started.unwrap_or_else(|_| {
        Err(io::Error::new(
            ErrorKind::WouldBlock,
            "the operating system gives no more threads",
        ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_of_a_start_is_an_error() {
        let panicked = quietly::<()>(|| panic!("OS can't spawn worker thread"));
        assert_eq!(panicked.unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(quietly(|| Ok(1)).unwrap(), 1);
    }
}
