//! Long-running operations: what an answer says of one, and following it to its end.

pub(crate) mod follow;
pub(crate) mod state;
