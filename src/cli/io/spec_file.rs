//! Files of a spec that are changed in place.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::atomic_file;
use crate::error::Error;
use crate::local_file;
use crate::run::EditedSpec;
use crate::spec::LARGEST_FILE;

/// The end of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditEnd {
    /// The file has the text of the edit.
    Kept,
    /// Another program changed the file after it was read, so nothing was written.
    Overtaken,
}

/// Writes an edit of a spec, if it changes something.
pub(crate) fn write(edited: &EditedSpec) -> Result<EditEnd, Error> {
    if edited.before == edited.after {
        return Ok(EditEnd::Kept);
    }
    replace_if_same(&edited.path, &edited.before, &edited.after)
        .map_err(|source| unchanged(&edited.path, source))
}

/// Returns the error of an edit that other programs overtake.
pub(crate) fn overtaken(path: &Path) -> Error {
    unchanged(path, changed_meanwhile())
}

/// Replaces a file in one step, if its bytes are still those that the change was made for. Permissions are kept.
pub(crate) fn replace(path: &Path, before: &[u8], after: &[u8]) -> io::Result<()> {
    match replace_if_same(path, before, after)? {
        EditEnd::Kept => Ok(()),
        EditEnd::Overtaken => Err(changed_meanwhile()),
    }
}

/// Compares and replaces a file while no other run of this program does.
fn replace_if_same(path: &Path, before: &[u8], after: &[u8]) -> io::Result<EditEnd> {
    let _lock = lock(path)?;
    if local_file::read(path, LARGEST_FILE)? != before {
        return Ok(EditEnd::Overtaken);
    }
    atomic_file::write(path, after)?;
    Ok(EditEnd::Kept)
}

/// Locks a file until the returned handle is closed. Each holder needs it for one small write, so the wait is short.
fn lock(path: &Path) -> io::Result<File> {
    loop {
        // A new file takes the place of the old one, which may be one that the user must not write.
        let file = local_file::open_to_write(OpenOptions::new().write(true), path)?;
        if let Err(error) = file.lock() {
            tracing::warn!(%error, "the spec cannot be locked");
            return Ok(file);
        }
        // The run that held the lock may have replaced the file, and its successor locks the new one.
        if local_file::is_one_file(&file.metadata()?, &std::fs::metadata(path)?) {
            return Ok(file);
        }
    }
}

fn unchanged(path: &Path, source: io::Error) -> Error {
    Error::File {
        action: "change",
        path: path.to_owned(),
        source,
    }
}

fn changed_meanwhile() -> io::Error {
    io::Error::other("it has changed since it was read")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn file_that_has_changed_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "a: 1\n").unwrap();
        assert!(replace(&path, b"a: 0\n", b"a: 2\n").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"a: 1\n");
        replace(&path, b"a: 1\n", b"a: 2\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a: 2\n");
    }

    #[test]
    fn only_one_of_many_replaces_a_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let mut count = 0;
        fs::write(&path, "0").unwrap();
        for round in 0..50_u32 {
            let (before, path) = (round.to_string(), &path);
            let ends: Vec<EditEnd> = std::thread::scope(|scope| {
                let mut threads = Vec::new();
                for _ in 0..8 {
                    let (before, after) = (before.clone(), (round + 1).to_string());
                    threads.push(scope.spawn(move || {
                        replace_if_same(path, before.as_bytes(), after.as_bytes()).unwrap()
                    }));
                }
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            count += ends.iter().filter(|end| **end == EditEnd::Kept).count();
        }
        assert_eq!(count, 50);
    }
}
