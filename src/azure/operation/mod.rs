//! Long-running operations: the state after each answer, and the loop that follows one to its end.

pub(crate) mod follow;
pub(crate) mod state;
