//! Formats that pipelines and code hosts read. All of them write the same entries.

mod annotations;
mod entry;
mod gitlab;
mod report;
mod sarif;
#[cfg(test)]
mod tests;

pub(super) use annotations::{azure_pipelines, github};
pub use entry::Entry;
pub(super) use entry::entries;
pub(super) use gitlab::gitlab;
pub(super) use report::report;
pub(super) use sarif::sarif;
