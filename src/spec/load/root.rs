//! Finds the folder that the files of a spec must not leave.
//!
//! A spec can come from a pull request, and diagnostics show lines of the files that they are about. So no link and no
//! include may lead to a file that the author of the pull request cannot read anyway.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::local_file::repository_top;

/// Returns the folder that the files of a path argument must not leave, as a canonical path.
///
/// It is the repository that holds the path; without one, the current folder if that holds the path, or else the named
/// folder, or the folder of the named file. A link in the path does not lead to another repository: the author of a
/// pull request can also replace a folder by a link.
///
/// # Errors
/// Any error of the file system, for example if a folder of the path does not exist.
pub(crate) fn root_of(path: &Path) -> io::Result<PathBuf> {
    let folder = if path.is_dir() { path } else { parent(path) };
    let folder = without_parent_steps(&std::path::absolute(folder)?)?;
    if let Some(repository) = repository_top(&folder) {
        return repository.canonicalize();
    }
    // Outside of repositories, links in the path are the user's own.
    let folder = folder.canonicalize()?;
    if let Some(repository) = repository_top(&folder) {
        return Ok(repository.to_owned());
    }
    match std::env::current_dir().and_then(|current| current.canonicalize()) {
        Ok(current) if folder.starts_with(&current) => Ok(current),
        _ => Ok(folder),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes each `..` of an absolute path, as the file system reads it: from a link, it leads to the parent of the target.
fn without_parent_steps(path: &Path) -> io::Result<PathBuf> {
    let mut walked = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            walked = walked.canonicalize()?;
            walked.pop();
        } else {
            walked.push(part);
        }
    }
    Ok(walked)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn root_is_the_repository_of_the_path_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        for name in ["repo/.git", "repo/specs", "other/specs"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        symlink(folder.join("other/specs"), folder.join("repo/link")).unwrap();
        symlink(folder.join("repo"), folder.join("checkout")).unwrap();
        let rows = [
            ("repo/specs", "repo"),
            ("repo/specs/a.yaml", "repo"),
            ("repo/link", "repo"),
            ("checkout/specs/a.yaml", "repo"),
            ("repo/specs/../../other/specs", "other/specs"),
            ("repo/link/../specs", "other/specs"),
            ("other/specs/a.yaml", "other/specs"),
        ];
        for (path, root) in rows {
            assert_eq!(root_of(&folder.join(path)).unwrap(), folder.join(root), "{path}");
        }
        assert!(root_of(&folder.join("nowhere/../a.yaml")).is_err());
    }
}
