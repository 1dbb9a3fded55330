//! What proves that a registry kept a write, or that it needed none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::live::Reading;

/// The proof that a registry kept a write, or that it needed none.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A read after the write. Where others share the rule lists, it comes when they must have finished, and what they
    /// dropped is written again.
    #[default]
    ReadBack,
    /// The answer of the PATCH, if it shows what was planned. Otherwise, and after a new subnet rule, a read follows.
    ///
    /// The answer shows what the service stored: every recorded PATCH of network rules answers 200 with the registry
    /// (azure-cli test_acr_network_rule). A subnet rule can go after it was accepted (Azure/acr#249), so there the
    /// answer is not enough. Nothing is known about other writers. One who wrote between our read and our PATCH is
    /// overwritten, and one who read before it and writes after it overwrites us, as two calls of
    /// `az acr network-rule` do. Registries have no etag, so only more reads could tell. A registry with this proof is
    /// reported as answered, and not as verified.
    Answer,
    /// A list, for a registry that needed no write. It was not read by itself.
    List,
}

impl Proof {
    /// Returns what shows that a registry needs no write. `None` for a read of its own.
    pub(crate) fn of_unwritten(reading: &Reading) -> Option<Self> {
        reading.is_listed.then_some(Self::List)
    }
}
