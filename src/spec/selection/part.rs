//! The spec that a report is about: its content, and the shard of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shard::Shard;

/// The part of a spec that a run is about. Reports of one run are of one content and of different shards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecPart {
    /// `sha256:` over the texts of all files of the spec. Absent without a spec.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// The value of `--shard`, such as `2/4`. Absent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub shard: Option<Shard>,
}

impl SpecPart {
    /// Returns true without a spec.
    pub fn is_empty(&self) -> bool {
        self.digest.is_empty() && self.shard.is_none()
    }
}
