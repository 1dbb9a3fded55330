//! Selections: the registries of a spec that a run is about.

pub(crate) mod choice;
pub(crate) mod part;
pub(crate) mod pattern;
pub(crate) mod selector;
pub(crate) mod shard;
