//! The result of an import as a value. The JSON form is `ringfence.import/1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::notes::SeenNote;
use crate::live::UnreadPlace;
use crate::model::{Cidr, RegistryId, Setting, SubnetId};

/// Name of the JSON format.
pub const FORMAT: &str = "ringfence.import/1";

/// A spec that describes registries, and what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Import {
    pub format: String,
    /// The spec as YAML.
    pub spec: String,
    /// Ranges that several registries list. Sorted by name.
    pub networks: Vec<ImportedNetwork>,
    /// Sorted by name.
    pub subnets: Vec<ImportedSubnet>,
    /// Sorted by id.
    pub registries: Vec<ImportedRegistry>,
    /// What was seen beside the registries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<SeenNote>,
    /// Subscriptions, groups and registries that could not be read. The spec has none of their registries.
    pub failures: Vec<UnreadPlace>,
    pub summary: ImportSummary,
}

/// A named network of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportedNetwork {
    pub name: String,
    #[schemars(with = "Vec<String>")]
    pub cidrs: Vec<Cidr>,
    /// Number of registries that list it.
    pub registries: usize,
}

/// A named subnet of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportedSubnet {
    pub name: String,
    #[schemars(with = "String")]
    pub id: SubnetId,
    /// Number of registries that list it.
    pub registries: usize,
}

/// A registry of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportedRegistry {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The settings that the spec manages, those of `defaults` included.
    pub managed: Vec<Setting>,
    /// What was seen beside them.
    pub notes: Vec<SeenNote>,
}

/// Counts for the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportSummary {
    pub registries: usize,
    pub networks: usize,
    pub subnets: usize,
    pub notes: usize,
    pub failures: usize,
}
