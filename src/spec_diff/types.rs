//! The result of a comparison. The JSON form is `ringfence.diff/1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{RegistryId, Setting};
use crate::plan::{AccessChange, Changes, ModeChange, RegistryPlan};
use crate::spec::Source;

/// Name and version of the JSON form.
pub const FORMAT: &str = "ringfence.diff/1";

/// Two specs, compared registry by registry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SpecDiff {
    /// Always `ringfence.diff/1`.
    pub format: &'static str,
    /// The old spec, as it was named on the command line.
    pub old: Vec<String>,
    /// The new spec, as it was named on the command line.
    pub new: Vec<String>,
    /// Registries that differ, sorted by id.
    pub registries: Vec<RegistryDiff>,
    pub summary: DiffSummary,
}

/// One registry that the two specs want differently.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryDiff {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The place in the spec that names the registry: the new one, or the old one of a registry that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub presence: Presence,
    pub mode: ModeChange,
    pub access: AccessChange,
    /// Only settings that both specs manage, or that the new one goes on without.
    pub changes: Changes,
    /// Settings that only the new spec manages. What they are today is not known, so nothing is compared.
    pub now_managed: Vec<Setting>,
    /// Settings that only the old spec manages. A plan leaves them as they are.
    pub no_longer_managed: Vec<Setting>,
    /// Settings that neither spec manages, and that are taken as in force: public access, and the default action `Deny`.
    pub assumed: Vec<Setting>,
    /// The same as a plan, for the text.
    #[serde(skip)]
    pub plan: RegistryPlan,
}

/// The specs that have a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// Both.
    Both,
    /// Only the new one.
    Added,
    /// Only the old one. Nothing writes the registry any more.
    Removed,
}

/// Counts over both specs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DiffSummary {
    /// Registries of the two specs together.
    pub registries: usize,
    /// Registries of both that differ.
    pub changed: usize,
    /// Registries that only the new spec has.
    pub added: usize,
    /// Registries that only the old spec has.
    pub removed: usize,
}

impl SpecDiff {
    /// Returns true if the two specs want the same.
    pub fn is_empty(&self) -> bool {
        self.registries.is_empty()
    }
}
