//! Text for people, on a terminal or in a pull request: signs and words, in a stable order, never wrapped.

mod audit;
mod common;
mod diff;
mod plan;
mod report;
#[cfg(test)]
pub(crate) mod samples;
mod who;

pub(super) use audit::audit;
pub(super) use plan::plan;
pub(super) use report::report;
