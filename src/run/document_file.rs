//! Files that a flag of a run names.

use std::path::Path;

use crate::error::Error;
use crate::local_file::{self, LARGEST_DOCUMENT, LARGEST_SETTINGS};

/// Reads a plan or a snapshot.
///
/// # Errors
/// [`Error::File`] if the path does not lead to a readable regular file of at most 128 MiB.
pub(crate) fn read_document(path: &Path) -> Result<Vec<u8>, Error> {
    read(path, LARGEST_DOCUMENT)
}

/// Reads a file of certificates.
///
/// # Errors
/// [`Error::File`] if the path does not lead to a readable regular file of at most 16 MiB.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<u8>, Error> {
    read(path, LARGEST_SETTINGS)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    local_file::read(path, limit).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}
