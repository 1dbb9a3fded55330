//! Reports of shards that are read from files and merged.

mod exits;

use std::path::PathBuf;

use super::document_file::read_document;
use crate::error::{Error, Exit};
use crate::merge::{MergeError, MergedReport, ReportPart, Totals, merge};
use crate::spec::Severity;

pub(crate) use exits::exit_of_apply;
pub use exits::{exit_of_audit, exit_of_plan};

/// Reads the reports of all shards of a run and merges them.
///
/// # Errors
/// A file that cannot be read, fewer or more files than `shards`, and files that are not reports of one run.
pub fn merge_reports(files: &[PathBuf], shards: Option<usize>) -> Result<MergedReport, Error> {
    // A shard that was killed leaves no file. Its registries must not pass for ones without a finding.
    if let Some(shards) = shards
        && shards != files.len()
    {
        return Err(Error::usage(
            format!(
                "--shards is {shards}, and the number of reports is {}",
                files.len()
            ),
            "run the missing shards again, or leave --shards out to merge what there is",
        ));
    }
    let mut parts = Vec::new();
    for file in files {
        let text = read_document(file, "make it with plan, apply or audit: -o json=FILE")?;
        let part = ReportPart::read(&file.to_string_lossy(), &text).map_err(|error| unusable(&error))?;
        check_number(&part, shards)?;
        parts.push(part);
    }
    merge(parts).map_err(|error| unusable(&error))
}

/// Refuses a shard of another number of shards than the command line has.
fn check_number(part: &ReportPart, shards: Option<usize>) -> Result<(), Error> {
    match (part.shard, shards) {
        (Some(shard), Some(shards)) if shard.of() as usize != shards => Err(Error::usage(
            format!("`{}` is of shard {shard}, and --shards is {shards}", part.file),
            "name the reports of one run, and its number of shards",
        )),
        _ => Ok(()),
    }
}

fn unusable(error: &MergeError) -> Error {
    let help = match error {
        MergeError::Failed { .. } => "run that shard again: its file says what failed",
        MergeError::Twice { .. } | MergeError::ShardTwice { .. } | MergeError::OtherShards { .. } => {
            "name the report of each shard once, all of the same number of shards"
        }
        MergeError::OtherContent { .. } | MergeError::OtherEnvironment { .. } => {
            "run all shards with the same commit of the spec, in one place"
        }
        MergeError::MixedKinds { .. } | MergeError::OtherSpecs { .. } => {
            "merge the reports of one command about one spec"
        }
        MergeError::Nothing
        | MergeError::NotAReport { .. }
        | MergeError::OtherFormat { .. }
        | MergeError::WithoutId { .. } => "name what plan, apply or audit wrote with -o json=FILE",
    };
    Error::usage(error.to_string(), help)
}

/// Returns the exit that one run over all registries would have had. The changes of a plan count only if the exit is
/// `detailed`, and posture findings of an audit from the severity `fail_on`.
pub fn exit_of_merged(report: &MergedReport, detailed: bool, fail_on: Severity) -> Exit {
    match &report.summary {
        Totals::Plan(summary) => exit_of_plan(summary, detailed),
        Totals::Apply(summary) => exit_of_apply(summary),
        Totals::Audit(summary) => exit_of_audit(summary, fail_on),
    }
}
