//! Work on the processor that would hold up the requests of a run.

use std::panic;

/// Does `work` on a worker thread of the runtime, and returns its result. The caller goes on with other requests meanwhile.
pub(crate) async fn on_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::spawn(async { work() }).await {
        Ok(done) => done,
        // The task is never cancelled, so the work has panicked.
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn work_is_done_on_another_thread() {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let worker = runtime.block_on(on_worker(|| thread::current().id()));
        assert_ne!(worker, thread::current().id());
    }

    #[test]
    #[should_panic(expected = "broken")]
    fn panic_of_the_work_is_passed_on() {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(on_worker(|| panic!("broken")));
    }
}
