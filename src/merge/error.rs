//! Reasons why files are not reports of one run.

use super::kind::ReportKind;

/// The reason why reports cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error("there is nothing to merge")]
    Nothing,
    #[error("`{file}` cannot be merged: it is not a report: {reason}")]
    NotAReport { file: String, reason: String },
    #[error("`{file}` cannot be merged: it is `{found}`, not a plan, an apply or an audit")]
    OtherFormat { file: String, found: String },
    #[error("`{file}` cannot be merged: it is of a shard that ended without a result")]
    Failed { file: String },
    #[error("`{file}` cannot be merged: it has an entry without `id`")]
    WithoutId { file: String },
    #[error("`{file}` is `{found}`, and the first file is `{first}`")]
    MixedKinds {
        file: String,
        found: ReportKind,
        first: ReportKind,
    },
    #[error("`{file}` is about another spec than the first file")]
    OtherSpecs { file: String },
    #[error("`{file}` names registry `{id}`, and an earlier file does too")]
    Twice { file: String, id: String },
}
