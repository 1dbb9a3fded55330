//! Faults: failures that a test injects.
//!
//! A fault has the requests that it concerns and its effect on them. Nothing is random: the same requests in the same
//! order meet the same faults.

pub(crate) mod fault;
mod load;
pub(crate) mod operations;
pub(crate) mod play;
pub(crate) mod played;
mod responses;

pub use fault::{Effect, Fault, StatusFault, When};
pub use load::FaultsError;
