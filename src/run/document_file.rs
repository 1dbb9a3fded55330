//! Plans and snapshots that come back from a file.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::Error;

/// Largest document: a plan of 1,000 registries with 100 new rules each has about 40 MB.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// Reads a document that the user named. Other things than regular files, such as pipes, are refused: they could keep
/// the run waiting.
pub(crate) fn read_document(path: &Path) -> Result<Vec<u8>, Error> {
    read(path).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let meta = fs::metadata(path)?;
    // Size and type are known without opening the file.
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(io::Error::other("not a regular file of at most 128 MiB"));
    }
    fs::read(path)
}
