//! What a type of these resources is.

use crate::sandbox::forms::json_type::Keys;

/// A type of these resources.
pub(crate) struct SurroundingType {
    pub(crate) name: &'static str,
    /// Versions at which the sandbox knows the answer.
    pub(crate) versions: &'static [&'static str],
    /// The properties that a diagnosis reads. A resource may have others, with any value.
    pub(crate) properties: Keys,
    /// Lists of parts that have `properties` of their own.
    pub(crate) parts: &'static [&'static str],
    /// Location of a resource that names none. A type without locations has `None`.
    pub(crate) location: Option<&'static str>,
}

/// Location of resources that belong to no region.
pub(crate) const GLOBAL: &str = "global";

/// Region of resources that name none.
pub(super) const REGION: Option<&str> = Some("eastus");
