//! Operations: an answer comes at once and the work goes on.
//!
//! Each provider says so in its own way ([`kinds::OperationStyle`]). An operation ends when it has been polled often enough,
//! or after a time when nobody polls.

pub(crate) mod effects;
pub(crate) mod kinds;
pub(crate) mod polls;
