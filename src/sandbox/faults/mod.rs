//! Faults: what goes wrong on purpose, for which requests, and how.
//!
//! A fault says which requests it concerns and what becomes of them. Nothing is random: the same requests in the
//! same order meet the same faults.

pub(crate) mod fault;
mod load;
mod operations;
pub(crate) mod play;
pub(crate) mod played;
mod responses;

pub use fault::{Effect, Fault, StatusFault, When};
pub use load::FaultsError;
