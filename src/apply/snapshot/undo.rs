//! The state to which a registry can be restored after a run.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::live::LiveRegistry;
use crate::plan::{Guard, RegistryPlan, undo_guards};

/// The state of a registry before a run wrote to it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Undo {
    /// The snapshot file.
    pub snapshot: String,
    /// The content of that file. With it, the report alone is enough to restore the state.
    pub before: Snapshot,
    /// The reason why the state cannot be restored by a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The guards that the restore breaks by itself. The undo command overrides them, so that it works as it is
    /// printed: the reader of the plan has seen these rules added or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// Snapshots of the registry that later runs kept, which went on from the report of the first one. They are not the
    /// state before all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
}

/// The reason why no file has the state before two runs that wrote lists which others share.
const ONLY_REPORT: &str = "two runs wrote rules beside those of others, and only the JSON report has both: ringfence restore \
                           --from REPORT";

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
            later: Vec::new(),
        }
    }

    /// Returns the undo of two runs. `self` is that of the first one.
    pub(crate) fn with_later(mut self, later: Option<Self>) -> Self {
        let Some(later) = later else { return self };
        for guard in later.guards {
            if !self.guards.contains(&guard) {
                self.guards.push(guard);
            }
        }
        self.later.push(later.snapshot);
        self.later.extend(later.later);
        let both = self.before.clone().with_own_of(&later.before);
        if both != self.before {
            self.before = both;
            self.reason.get_or_insert_with(|| ONLY_REPORT.to_owned());
        }
        self
    }
}
