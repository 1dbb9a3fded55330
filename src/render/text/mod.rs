//! Text for people, on a terminal or in a pull request: signs and words, in a stable order, wrapped on a terminal only.

mod audit;
mod common;
mod plan;
mod report;
#[cfg(test)]
pub(crate) mod samples;

pub(super) use audit::audit;
pub(super) use plan::plan;
pub(super) use report::report;
