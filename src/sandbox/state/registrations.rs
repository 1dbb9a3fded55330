//! Registrations of resource providers that are under way or undone.

use std::collections::BTreeMap;

/// Registrations under way and undone, by subscription and namespace in lower case.
#[derive(Clone, Default)]
pub(crate) struct Registrations {
    pub(crate) states: BTreeMap<(String, String), Registration>,
}

#[derive(Clone, Copy)]
pub(crate) enum Registration {
    /// How many reads still answer `Registering`.
    Registering(u32),
    /// How many reads still answer `Unregistering`.
    Unregistering(u32),
    Unregistered,
}
