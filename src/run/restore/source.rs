//! Sources of `restore --from`: snapshots, reports, and the snapshots of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::apply::{BESIDE_FILE, Beside, FORMAT, Snapshot, SnapshotError};
use crate::error::{Error, RunRefusal};
use crate::merge;
use crate::model::strict_json;
use crate::run::document_file::read_document;

/// The source that stands for the latest run that wrote something.
pub(crate) const LAST: &str = "last";

/// Reads the snapshots of a source, each with the file that holds it. The source is `last`, the id of a run in
/// `folder`, the folder of a run, the JSON report of a run, or a snapshot.
///
/// # Errors
/// There is no such run or file, or the file is neither a snapshot nor a report with one.
pub(crate) fn read_source(source: &Path, folder: &Path) -> Result<Vec<(PathBuf, Snapshot)>, Error> {
    let run = match source.to_str() {
        Some(LAST) => match latest_run(folder) {
            Some(run) => folder.join(run),
            None => return Err(unknown_run(LAST, folder)),
        },
        Some(id) if is_run_id(id) => folder.join(id),
        _ => source.to_owned(),
    };
    if !run.is_dir() {
        if run != *source {
            return Err(unknown_run(&source.display().to_string(), folder));
        }
        return read_file(source, folder);
    }
    let mut found = Vec::new();
    for file in snapshot_files(&run).map_err(|source| unreadable(&run, source))? {
        found.extend(read_file(&file, folder)?);
    }
    if found.is_empty() {
        return Err(match read_beside(&run)? {
            Some(beside) => wrote_no_registry(&run_name(&run), beside, folder),
            None => unknown_run(&source.display().to_string(), folder),
        });
    }
    Ok(found)
}

/// Reads a snapshot, or every snapshot of a report. `folder` is where runs keep their snapshots.
fn read_file(file: &Path, folder: &Path) -> Result<Vec<(PathBuf, Snapshot)>, Error> {
    let help = format!(
        "give `last`, the id of a run in `{}`, the JSON report of a run, or a snapshot",
        folder.display()
    );
    let text = read_document(file, &help)?;
    let snapshots = match report_snapshots(&text) {
        Some(parts) => parts,
        None => Snapshot::from_json(&text).map(|snapshot| vec![snapshot]),
    };
    match snapshots {
        Ok(snapshots) => Ok(snapshots
            .into_iter()
            .map(|snapshot| (file.to_owned(), snapshot))
            .collect()),
        Err(source) => {
            if source == SnapshotError::NothingWritten
                && let Some((run, beside)) = report_beside(&text)
            {
                return Err(wrote_no_registry(&run, beside, folder));
            }
            let file = file.to_owned();
            Err(RunRefusal::UnusableSnapshot { file, source }.into())
        }
    }
}

/// Returns the snapshots of a report, or `None` if the document is not a report.
fn report_snapshots(text: &[u8]) -> Option<Result<Vec<Snapshot>, SnapshotError>> {
    let report: Value = strict_json(text).ok()?;
    // The reports of several shards have their entries in one list.
    let format = match report.get("format").and_then(Value::as_str) {
        Some(merge::FORMAT) => report.get("of").and_then(Value::as_str),
        format => format,
    };
    if format != Some(FORMAT) {
        return None;
    }
    let mut snapshots = Vec::new();
    // A run that went on from another one has the entries of both runs.
    let lists = [&report["registries"], &report["earlier"]];
    for registry in lists.into_iter().filter_map(Value::as_array).flatten() {
        if let Some(before) = registry.pointer("/undo/before") {
            match Snapshot::from_json(before.to_string()) {
                Ok(snapshot) => snapshots.push(snapshot),
                Err(error) => return Some(Err(error)),
            }
        }
    }
    if snapshots.is_empty() {
        return Some(Err(SnapshotError::NothingWritten));
    }
    Some(Ok(snapshots))
}

/// Returns the id of a run by its report, and what it wrote beside the registries, if it wrote something there.
fn report_beside(text: &[u8]) -> Option<(String, Beside)> {
    let report: Value = strict_json(text).ok()?;
    let run = report.get("run")?.as_str()?.to_owned();
    let beside = Beside::deserialize(report.get("beside")?).ok()?;
    (!beside.is_empty()).then_some((run, beside))
}

/// Reads what the run of this folder wrote beside the registries. Returns `None` if it kept nothing about that.
fn read_beside(run: &Path) -> Result<Option<Beside>, Error> {
    let file = run.join(BESIDE_FILE);
    if !file.is_file() {
        return Ok(None);
    }
    let text = read_document(&file, "give the id of another run")?;
    match strict_json(&text) {
        Ok(beside) => Ok(Some(beside)),
        Err(error) => {
            let source = SnapshotError::NotASnapshot(error.to_string());
            Err(RunRefusal::UnusableSnapshot { file, source }.into())
        }
    }
}

/// Refuses to restore a run without snapshots, and names the run before it.
fn wrote_no_registry(run: &str, beside: Beside, folder: &Path) -> Error {
    let mut before = None;
    for other in runs(folder) {
        if &*other < run && has_snapshots(&folder.join(&other)) {
            before = before.max(Some(other));
        }
    }
    RunRefusal::WroteNoRegistry {
        run: run.to_owned(),
        beside: Box::new(beside),
        before,
    }
    .into()
}

/// Returns the id of the latest run that wrote something. A run that was killed can leave an empty folder.
pub(super) fn latest_run(folder: &Path) -> Option<String> {
    let mut latest = None;
    for run in runs(folder) {
        let path = folder.join(&run);
        if has_snapshots(&path) || path.join(BESIDE_FILE).is_file() {
            latest = latest.max(Some(run));
        }
    }
    latest
}

/// Returns the ids of the runs that have a folder.
fn runs(folder: &Path) -> Vec<String> {
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(name) = entry.file_name().into_string()
            && is_run_id(&name)
        {
            runs.push(name);
        }
    }
    runs
}

fn has_snapshots(run: &Path) -> bool {
    snapshot_files(run).is_ok_and(|files| !files.is_empty())
}

/// Returns the name of the folder of a run: its id, unless the user moved it.
pub(super) fn run_name(run: &Path) -> String {
    run.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns true for the id of a run: `20261121T203355-012345`.
pub(super) fn is_run_id(text: &str) -> bool {
    text.len() == 22
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Returns the snapshots in the folder of a run, sorted. A file that was never finished has no such name.
fn snapshot_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    }
}

fn unknown_run(run: &str, folder: &Path) -> Error {
    RunRefusal::UnknownRun {
        run: run.to_owned(),
        folder: folder.to_owned(),
    }
    .into()
}
