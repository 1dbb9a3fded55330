//! Progress of a run.

use crate::model::RegistryId;

/// Receiver of what is being done for a registry, such as `reading`.
pub type ProgressFn<'a> = &'a (dyn Fn(&RegistryId, &str) + Sync);
