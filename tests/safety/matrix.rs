//! The size of a matrix: the whole of it, or a sample.

/// Whether the whole of each matrix is wanted (`RINGFENCE_MATRIX=full`) instead of a sample of it.
pub(crate) fn full() -> bool {
    std::env::var("RINGFENCE_MATRIX").is_ok_and(|value| value == "full")
}

/// Every one in the full matrix, else each `step`-th, always the same ones.
pub(crate) fn sample<T>(all: Vec<T>, step: usize) -> Vec<T> {
    let step = if full() { 1 } else { step };
    all.into_iter().step_by(step).collect()
}
