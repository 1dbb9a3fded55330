//! The command that takes a run back.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::apply::{Report, Undo};
use crate::model::shell_word;
use crate::plan::Guard;
use crate::run::options::{RunOptions, WriteOptions};

/// The snapshots in one folder of a run.
#[derive(Default)]
struct Kept<'a> {
    files: Vec<&'a Path>,
    /// True if one of the folder must not be restored: no spec can ask for it, or only the report has its state.
    has_others: bool,
}

/// Returns the command that restores the state before a run, and before those that it goes on from, if there is something to
/// restore.
pub(crate) fn undo_command(
    report: &Report,
    write: &WriteOptions,
    options: &RunOptions,
) -> Option<String> {
    if !report.summary.written || options.forgets() {
        return None;
    }
    // Sort out what can be restored, and collect the guards that this breaks.
    let own = write.snapshot_folder(options).join(&report.run);
    // In the order of their ids, which is that of time: where two runs wrote a registry, the state before the first one counts.
    let mut runs: BTreeMap<RunFolder, Kept<'_>> = BTreeMap::new();
    let mut guards: BTreeSet<Guard> = BTreeSet::new();
    for undo in undos(report) {
        let file = Path::new(&undo.snapshot);
        let kept = runs.entry(folder_of(file)).or_default();
        match undo.reason {
            None => kept.files.push(file),
            Some(_) => kept.has_others = true,
        }
        if undo.reason.is_some() {
            for later in &undo.later {
                runs.entry(folder_of(Path::new(later))).or_default().has_others = true;
            }
        }
        guards.extend(&undo.guards);
    }
    let mut command = "ringfence restore".to_owned();
    let start = command.len();
    for ((_, folder), kept) in runs {
        if kept.has_others {
            for file in kept.files {
                command += &format!(" --from={}", shell_word(file));
            }
        } else if folder == own {
            // The id stands for the whole run.
            command += &format!(" --from {}", report.run);
        } else {
            command += &format!(" --from={}", shell_word(folder));
        }
    }
    if command.len() == start {
        return None;
    }
    if let Some(folder) = &write.snapshots {
        command += &format!(" --snapshots={}", shell_word(folder));
    }
    for guard in guards {
        command += &format!(" --override {guard}");
    }
    Some(command + &options.same_service_flags())
}

/// Returns the undo of each registry that the run, or one before it, wrote.
fn undos(report: &Report) -> impl Iterator<Item = &Undo> {
    let now = report.registries.iter().map(|registry| &registry.undo);
    let before = report.earlier.iter().map(|entry| &entry.undo);
    now.chain(before).flatten()
}

/// The id of a run, and the folder with its snapshots.
type RunFolder = (OsString, PathBuf);

/// Returns the folder of the run that kept a snapshot.
fn folder_of(file: &Path) -> RunFolder {
    let folder = file.parent().unwrap_or(Path::new(""));
    let run = folder.file_name().unwrap_or_default();
    (run.to_owned(), folder.to_owned())
}
