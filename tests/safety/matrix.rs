//! The size of a matrix: the whole of it, or a sample.

/// Returns true if `RINGFENCE_MATRIX=full` asks for the whole of each matrix instead of a sample.
pub(crate) fn full() -> bool {
    std::env::var("RINGFENCE_MATRIX").is_ok_and(|value| value == "full")
}

/// Returns every `step`-th point, or all points of the full matrix.
pub(crate) fn sample<T>(all: Vec<T>, step: usize) -> Vec<T> {
    let step = if full() { 1 } else { step };
    all.into_iter().step_by(step).collect()
}
