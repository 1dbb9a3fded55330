//! Text for a person at night and for a pull request: signs and words, stable, sorted, never wrapped.

mod audit;
mod common;
mod diff;
mod plan;
mod report;
#[cfg(test)]
pub(crate) mod samples;

pub(super) use audit::audit;
pub(super) use plan::plan;
pub(super) use report::report;
