//! Files of a spec that are changed in place.

use std::fs;
use std::io;
use std::path::Path;

use super::atomic_file;
use crate::error::Error;
use crate::local_file;
use crate::run::EditedSpec;
use crate::spec::LARGEST_FILE;

/// Writes an edit of a spec, if it changes something.
pub(crate) fn write(edited: &EditedSpec) -> Result<(), Error> {
    if edited.before == edited.after {
        return Ok(());
    }
    replace(&edited.path, &edited.before, &edited.after).map_err(|source| Error::File {
        action: "change",
        path: edited.path.clone(),
        source,
    })
}

/// Replaces a file in one step, if its bytes are still those that the change was made for. Permissions are kept.
pub(crate) fn replace(path: &Path, before: &[u8], after: &[u8]) -> io::Result<()> {
    // A new file takes the place of the old one, which may be one that the user must not write.
    local_file::open_to_write(fs::OpenOptions::new().write(true), path)?;
    if local_file::read(path, LARGEST_FILE)? != before {
        return Err(io::Error::other("it has changed since it was read"));
    }
    atomic_file::write(path, after)
}

#[cfg(test)]
mod tests {
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
}
