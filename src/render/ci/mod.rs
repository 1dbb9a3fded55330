//! Formats that pipelines and code hosts read. All of them write the same entries.

mod annotations;
mod comment;
mod entries;
mod gitlab;
#[cfg(test)]
mod hostile;
mod junit;
mod places;
mod sarif;
#[cfg(test)]
mod tests;
mod variables;
mod words;

pub(super) use annotations::{azure_pipelines, azure_summary, github};
pub(super) use comment::{Comment, comment};
pub use entries::Entry;
pub(super) use entries::{of_audit, of_diagnostics, of_plan, of_report, of_spec};
pub(super) use gitlab::{gitlab, terraform};
pub use junit::Subject;
pub(super) use junit::junit;
pub use places::Places;
pub(super) use places::spec_file;
pub(super) use sarif::sarif;
pub(super) use variables::{
    of_audit as variables_of_audit, of_plan as variables_of_plan, of_report as variables_of_report,
    of_shards as variables_of_shards, of_spec as variables_of_spec,
};
pub(super) use words::{
    of_audit as audit_in_words, of_plan as plan_in_words, of_report as report_in_words,
    of_shards as shards_in_words,
};
