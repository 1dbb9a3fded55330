//! Sources of `restore --from`: snapshots, reports, and the snapshots of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::apply::{FORMAT, Snapshot, SnapshotError};
use crate::error::{Error, RunRefusal};
use crate::model::strict_json;
use crate::run::document_file::read_document;

/// The source that stands for the latest run with snapshots.
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
        return Err(unknown_run(&source.display().to_string(), folder));
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
            let file = file.to_owned();
            Err(RunRefusal::UnusableSnapshot { file, source }.into())
        }
    }
}

/// Returns the snapshots of a report, or `None` if the document is not a report.
fn report_snapshots(text: &[u8]) -> Option<Result<Vec<Snapshot>, SnapshotError>> {
    let report: Value = strict_json(text).ok()?;
    if report.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return None;
    }
    let mut snapshots = Vec::new();
    for registry in report["registries"].as_array().into_iter().flatten() {
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

/// Returns the id of the latest run that kept snapshots. A run that was killed can leave an empty folder.
fn latest_run(folder: &Path) -> Option<String> {
    let mut latest = None;
    for entry in fs::read_dir(folder).ok()? {
        let name = entry.ok()?.file_name().into_string();
        if let Ok(name) = name
            && is_run_id(&name)
            && snapshot_files(&folder.join(&name)).is_ok_and(|files| !files.is_empty())
        {
            latest = latest.max(Some(name));
        }
    }
    latest
}

/// Returns true for the id of a run: `20261121T203355-012345`.
fn is_run_id(text: &str) -> bool {
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
