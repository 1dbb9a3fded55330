//! Operations: the work goes on after the answer.
//!
//! Each provider has its own form of answers ([`kinds::OperationStyle`]). An operation ends when it has been polled
//! often enough, or after a time if no client polls.

pub(crate) mod effects;
pub(crate) mod kinds;
pub(crate) mod polls;
