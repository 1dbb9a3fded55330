//! Files of recorded traffic, which are kept outside of this repository.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The variable that names the folder of the recordings.
const FOLDER: &str = "RINGFENCE_RECORDINGS";

/// Returns the JSON files of the recordings, sorted. Without the variable it prints a loud line and returns `None`. A
/// folder without recordings fails the test.
pub(crate) fn recording_files() -> Option<Vec<PathBuf>> {
    let folder = folder()?;
    let files = json_files(&folder);
    assert!(!files.is_empty(), "{} has no recordings", folder.display());
    Some(files)
}

/// Returns the folder that the variable names.
pub(crate) fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(PathBuf::from(folder));
    }
    // The test harness captures `eprintln!`, so the line goes to stderr directly.
    let line = format!("\n!!! SKIPPED: no recording was read; name their folder in {FOLDER}\n");
    let _ = writeln!(std::io::stderr(), "{line}");
    None
}

/// Returns the JSON files of a folder, sorted.
pub(crate) fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}
