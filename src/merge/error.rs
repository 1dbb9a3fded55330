//! Reasons why files are not reports of one run.

use super::kind::ReportKind;
use crate::spec::Shard;

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
    #[error("`{file}` was made with another content of the spec than the first file")]
    OtherContent { file: String },
    #[error("`{file}` is {}, and the first file is {}", in_words(*found), in_words(*first))]
    OtherShards {
        file: String,
        found: Option<u32>,
        first: Option<u32>,
    },
    #[error("`{file}` is of shard {shard}, and an earlier file is too")]
    ShardTwice { file: String, shard: Shard },
    #[error("`{file}` was made in another environment than the first file")]
    OtherEnvironment { file: String },
    #[error("`{file}` names registry `{id}`, and an earlier file does too")]
    Twice { file: String, id: String },
}

fn in_words(shards: Option<u32>) -> String {
    match shards {
        Some(shards) => format!("one of {shards} shards"),
        None => "of no shard".to_owned(),
    }
}
