//! Registrations of resource providers that are in progress or removed.

use std::collections::BTreeMap;

/// Registrations in progress and removed, by subscription and namespace in lower case.
///
/// A finished registration is in [`Subscription`](super::subscription::Subscription) instead.
#[derive(Clone, Default)]
pub(crate) struct Registrations {
    pub(crate) states: BTreeMap<(String, String), Registration>,
}

/// State of a provider that is not registered.
#[derive(Clone, Copy)]
pub(crate) enum Registration {
    /// Number of reads that still answer `Registering`.
    Registering(u32),
    /// Number of reads that still answer `Unregistering`.
    Unregistering(u32),
    Unregistered,
}
