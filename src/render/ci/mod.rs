//! Formats that pipelines and code hosts read. All of them write the same entries.

mod annotations;
mod comment;
mod entries;
mod gitlab;
mod sarif;
#[cfg(test)]
mod tests;
mod words;

pub(super) use annotations::{azure_pipelines, github};
pub(super) use comment::{Comment, comment};
pub use entries::Entry;
pub(super) use entries::{of_audit, of_diagnostics, of_plan, of_report, of_validated};
pub(super) use gitlab::gitlab;
pub(super) use sarif::sarif;
pub(super) use words::{
    of_audit as audit_in_words, of_plan as plan_in_words, of_report as report_in_words,
    of_shards as shards_in_words,
};
