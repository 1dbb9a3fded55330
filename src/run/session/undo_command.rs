//! The command that takes a run back.

use std::collections::BTreeSet;
use std::path::Path;

use crate::apply::Report;
use crate::model::shell_word;
use crate::plan::Guard;
use crate::run::options::{RunOptions, WriteOptions};

/// Returns the command that restores the state before a run, if there is something to restore.
pub(crate) fn undo_command(
    report: &Report,
    write: &WriteOptions,
    options: &RunOptions,
) -> Option<String> {
    if !report.summary.written || options.forgets() {
        return None;
    }
    // Sort out what can be restored, and collect the guards that this breaks.
    let folder = write.snapshot_folder(options).join(&report.run);
    let mut files = Vec::new();
    let mut guards: BTreeSet<Guard> = BTreeSet::new();
    let mut all = true;
    for registry in &report.registries {
        let Some(undo) = &registry.undo else { continue };
        let name = Path::new(&undo.snapshot).file_name();
        match name {
            Some(name) if undo.reason.is_none() => files.push(folder.join(name)),
            _ => all = false,
        }
        guards.extend(&undo.guards);
    }
    if files.is_empty() {
        return None;
    }
    // The id stands for the whole run. A state that cannot be restored would stop the others, so these are named.
    let mut command = "ringfence restore".to_owned();
    if all {
        command += &format!(" --from {}", report.run);
    } else {
        for file in files {
            command += &format!(" --from={}", shell_word(file));
        }
    }
    if let Some(folder) = &write.snapshots {
        command += &format!(" --snapshots={}", shell_word(folder));
    }
    for guard in guards {
        command += &format!(" --override {guard}");
    }
    Some(command + &options.same_service_flags())
}
