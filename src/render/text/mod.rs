//! Text for people, on a terminal or in a pull request: signs and words, in a stable order, wrapped on a terminal only.

mod access;
mod audit;
mod common;
mod diagnosis;
mod edit;
mod endpoints;
mod explanation;
mod import;
mod last_change;
mod merged;
mod plan;
mod report;
#[cfg(test)]
pub(crate) mod samples;
mod table;
mod who;

pub(super) use access::access;
pub(super) use audit::posture::{counts as posture_counts, findings as posture_findings, hidden_notes};
pub(super) use audit::{
    audit, finding_words, overview as audit_table, state as state_of_audit, summary as audit_summary,
};
pub(super) use common::{plain_or_absent, step};
pub(super) use diagnosis::diagnosis;
pub(super) use edit::edit;
pub(super) use endpoints::endpoints;
pub(super) use explanation::explanation;
pub(super) use import::import;
pub(super) use last_change::changed_last;
pub(super) use merged::merged;
pub(super) use plan::{
    listed_words, overview as plan_table, plan, spec_diff, state as state_of_plan,
    summary as plan_summary,
};
pub(super) use report::{
    overview as report_table, report, state as state_of_report, summary as report_summary,
};
pub(super) use who::{against_spec, effects};
