//! The command that takes an apply back.

use std::borrow::Cow;
use std::path::Path;

use super::Snapshot;
use crate::apply::report::Undo;
use crate::live::LiveRegistry;
use crate::model::shell_word;
use crate::plan::{Guard, RegistryPlan, undo_guards};

/// Returns the command that takes a plan back. The command overrides the guards that the restore breaks by itself, so that
/// it works as it is printed: the reader of the plan has seen these rules added or removed. A state that no spec can ask
/// for has no command.
pub(crate) fn undo(snapshot: &Snapshot, path: &Path, plan: &RegistryPlan, live: &LiveRegistry) -> Undo {
    let (command, reason) = match snapshot.wanted() {
        // Planned like any other change, from the state that the plan leaves behind.
        Ok(wanted) => {
            let guards = undo_guards(&wanted, live, &plan.changes.settings);
            (Some(command(path, &guards)), None)
        }
        Err(error) => (None, Some(error.to_string())),
    };
    Undo {
        snapshot: path.display().to_string(),
        command,
        reason,
    }
}

fn command(snapshot: &Path, guards: &[Guard]) -> String {
    let path = not_a_flag(snapshot);
    let mut command = format!("ringfence restore --from {}", shell_word(&*path));
    for guard in guards {
        command += &format!(" --override {guard}");
    }
    command
}

/// Returns a path that no parser takes for a flag.
fn not_a_flag(path: &Path) -> Cow<'_, Path> {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        Path::new(".").join(path).into()
    } else {
        path.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_not_taken_for_flags() {
        for (path, want) in [("-x/a", "./-x/a"), ("x", "x"), ("/-x", "/-x")] {
            assert_eq!(not_a_flag(Path::new(path)), Path::new(want));
        }
    }
}
