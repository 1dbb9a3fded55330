//! The YAML files of a named folder, and those of its subfolders.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::files::unreadable;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::DiagnosticCode;

/// Most folders that are searched. A folder of specs has few; a whole home has many.
const MOST_FOLDERS: usize = 10_000;
/// Most files that the warning names.
const MOST_NAMED: usize = 3;

/// Returns the files of a path argument: the path itself, or the YAML files of a folder, with or without those
/// of its subfolders, sorted by name.
///
/// # Errors
/// Returns a diagnostic if the folder cannot be read or holds no YAML file.
pub(crate) fn expand(path: &Path, with_subfolders: bool) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let found = match with_subfolders {
        true => all_yaml_files(path),
        false => yaml_files(path),
    };
    let mut files = found.map_err(|error| Box::new(unreadable(path, &error.to_string())))?;
    if files.is_empty() {
        let message = format!("no `*.yaml` or `*.yml` file in the folder `{}`", path.display());
        let help = "name the folder that holds the files; -R searches subfolders too";
        return Err(Box::new(Diagnostic::new(
            DiagnosticCode::EmptyFolder,
            message,
            help,
        )));
    }
    files.sort();
    Ok(files)
}

fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml")) && !file.is_dir() {
            files.push(file);
        }
    }
    Ok(files)
}

/// Returns the YAML files of a folder and its subfolders. Links to folders are not followed, and folders whose name
/// begins with a dot are left out.
///
/// # Errors
/// Any error of the file system, and too many folders.
fn all_yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    let mut searched = 0;
    while let Some(folder) = waiting.pop() {
        searched += 1;
        if searched > MOST_FOLDERS {
            return Err(io::Error::other(format!(
                "it has more than {MOST_FOLDERS} subfolders"
            )));
        }
        files.extend(yaml_files(&folder)?);
        waiting.extend(subfolders(&folder)?);
    }
    Ok(files)
}

fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // The type of the entry itself: a link is not a folder.
        if entry.file_type()?.is_dir() && !hidden {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Returns a warning if subfolders of `folder` have YAML files that are not among the `loaded` ones, which are known by
/// their canonical paths.
pub(crate) fn not_loaded(folder: &Path, loaded: &BTreeMap<PathBuf, u32>) -> Option<Diagnostic> {
    // The warning is a courtesy: a subfolder that cannot be read is no error.
    let mut missed = Vec::new();
    for file in all_yaml_files(folder).ok()? {
        let canonical = file.canonicalize().ok()?;
        if file.parent() != Some(folder) && !loaded.contains_key(&canonical) {
            missed.push(file.display().to_string());
        }
    }
    if missed.is_empty() {
        return None;
    }
    missed.sort();
    let count = missed.len();
    let are = if count == 1 {
        "YAML file is"
    } else {
        "YAML files are"
    };
    let more = match count.saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    missed.truncate(MOST_NAMED);
    let message = format!(
        "{count} {are} in subfolders of `{}` and not loaded: {}{more}",
        folder.display(),
        missed.join(", ")
    );
    let help = "load them too with -R, or name only the files of the spec";
    Some(Diagnostic::new(DiagnosticCode::UnloadedFiles, message, help))
}
