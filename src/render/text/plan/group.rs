//! Registries that change alike.

use crate::plan::RegistryPlan;

/// Detail of the text about a registry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// With the lines of the spec and the numbers of rules.
    Own,
    /// Only what registries that change alike share.
    Shared,
}

/// Registries with the same changes, effects, steps and remarks.
pub(super) struct Group<'a> {
    pub(super) first: &'a RegistryPlan,
    pub(super) rest: Vec<&'a RegistryPlan>,
}

impl Group<'_> {
    /// Returns true if every registry of the group has the same value here.
    pub(super) fn agrees<T: PartialEq>(&self, value: impl Fn(&RegistryPlan) -> T) -> bool {
        let first = value(self.first);
        self.rest.iter().all(|other| value(other) == first)
    }
}
