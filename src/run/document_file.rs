//! Files that a flag of a run names.

use std::io;
use std::path::Path;

use crate::error::Error;
use crate::local_file::{self, LARGEST_DOCUMENT, LARGEST_SETTINGS};

/// Reads a plan or a snapshot. `help` is the next step if the path does not exist.
///
/// # Errors
/// [`Error::NoInput`] if the path does not exist, and [`Error::File`] if it does not lead to a readable regular file of
/// at most 128 MiB.
pub(crate) fn read_document(path: &Path, help: &str) -> Result<Vec<u8>, Error> {
    read(path, LARGEST_DOCUMENT, help)
}

/// Reads a file of certificates.
///
/// # Errors
/// As for [`read_document`], with a limit of 16 MiB.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<u8>, Error> {
    let help = "give `--ca-file` the PEM file of a certificate authority, or leave it out";
    read(path, LARGEST_SETTINGS, help)
}

fn read(path: &Path, limit: u64, help: &str) -> Result<Vec<u8>, Error> {
    local_file::read(path, limit).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::NoInput {
            path: path.to_owned(),
            help: help.to_owned(),
        },
        _ => Error::File {
            action: "read",
            path: path.to_owned(),
            source,
        },
    })
}
