//! The state to which a registry can be restored after a run.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::Snapshot;
use crate::live::LiveRegistry;
use crate::plan::{Guard, RegistryPlan, undo_guards};

/// The state of a registry before a run wrote to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Undo {
    /// The snapshot file.
    pub snapshot: String,
    /// The content of that file. With it, the report alone is enough to restore the state.
    pub before: Snapshot,
    /// The reason why the state cannot be restored by a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The guards that the restore breaks by itself. The undo command overrides them, so that it works as it is
    /// printed: the reader of the plan has seen these rules added or removed.
    #[serde(skip)]
    pub guards: Vec<Guard>,
}

impl Undo {
    /// Describes the restore of a saved snapshot. A state that no spec can ask for has no command.
    pub(crate) fn of(before: Snapshot, path: &Path, plan: &RegistryPlan, live: &LiveRegistry) -> Self {
        let (guards, reason) = match before.wanted() {
            // Planned like any other change, from the state that the plan leaves behind.
            Ok(wanted) => (undo_guards(&wanted, live, &plan.changes.settings), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Self {
            snapshot: path.display().to_string(),
            before,
            reason,
            guards,
        }
    }
}
