//! Runs points of a matrix in parallel: they are independent and mostly wait for processes.

use std::sync::Mutex;

/// Returns the results in the order of the points. A point that panics fails the test after the others are done.
pub(crate) fn each<T: Send, R: Send>(points: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(points.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((at, point)) = take(&queue) {
                    let result = work(point);
                    results.lock().expect("no holder panics").push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no holder panics");
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    queue.lock().expect("no holder panics").next()
}
