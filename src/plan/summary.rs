//! Counts over a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RegistryPlan, Setting};

/// Counts over the whole plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Registries that were planned or failed.
    pub registries: usize,
    /// Registries with changes.
    pub changed: usize,
    /// Rules that go in.
    pub add: usize,
    /// Single values that change, service endpoints included.
    pub change: usize,
    /// Rules that go out.
    pub remove: usize,
    pub notes: usize,
    pub refusals: usize,
    /// Registries that could not be read.
    pub failed: usize,
}

/// Counts what is planned; `failed` registries could not be read.
pub(crate) fn summarise(registries: &[RegistryPlan], failed: usize) -> Summary {
    let mut summary = Summary {
        registries: registries.len() + failed,
        failed,
        ..Summary::default()
    };
    for registry in registries {
        summary.changed += usize::from(!registry.changes.is_empty());
        summary.notes += registry.notes.len();
        summary.refusals += registry.refusals.len();
        for change in &registry.changes {
            match change.path {
                Setting::IpRules | Setting::VirtualNetworkRules => {
                    summary.add += change.add.len();
                    summary.remove += change.remove.len();
                }
                Setting::ServiceEndpoints => summary.change += change.add.len(),
                _ => summary.change += 1,
            }
        }
    }
    summary
}
