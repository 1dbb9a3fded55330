//! What proves that a registry kept a write.

use schemars::JsonSchema;
use serde::Serialize;

/// The proof that a registry kept a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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
}
