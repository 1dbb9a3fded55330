//! Progress of a run.

use crate::model::RegistryId;

/// News of the work on the registries of a run.
#[derive(Clone, Copy, Debug)]
pub enum ProgressEvent<'a> {
    /// A task such as `reading` begins for a number of registries.
    Begun { task: &'static str, registries: usize },
    /// Something is being done for a registry now, such as `waiting for other writers to finish`.
    Doing {
        registry: &'a RegistryId,
        activity: &'a str,
    },
    /// The task has ended for a registry.
    Ended { registry: &'a RegistryId },
}

/// Receiver of the news.
pub type ProgressFn<'a> = &'a (dyn Fn(ProgressEvent<'_>) + Sync);
