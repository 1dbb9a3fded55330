//! The text of a spec.

use crate::azure_bodies::registry_id;

/// A spec of one registry, `contoso`, with these further lines of YAML below it.
pub(crate) fn spec_of(lines: &str) -> String {
    format!(
        "version: 1\nregistries:\n  - id: {}\n{lines}",
        registry_id("contoso")
    )
}
