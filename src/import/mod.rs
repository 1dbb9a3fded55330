//! Import: registries in, the shortest spec that describes them out. Its plan against the same state is empty.
//!
//! 1. `importable` takes from each registry what a spec can want, and `seen` notes the rest. The registries are live, or
//!    `declared` by files.
//! 2. `networks` and `subnet_names` find what registries share, and name it.
//! 3. `common` finds the values that become `defaults`, and `describe` puts all together.
//!
//! Names and order depend on the registries alone: the same state gives the same bytes. Pure: it turns values into values.

mod common;
mod declared;
mod describe;
mod importable;
mod known_spec;
mod live_registries;
mod networks;
mod notes;
mod seen;
mod subnet_names;
mod types;

pub use declared::{Deployment, import_template, import_terraform};
pub use known_spec::describe_for;
pub use live_registries::import;
pub use notes::{SeenCode, SeenNote};
pub use types::{FORMAT, Import, ImportSummary, ImportedNetwork, ImportedRegistry, ImportedSubnet};
