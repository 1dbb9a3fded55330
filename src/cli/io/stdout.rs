//! Writes to stdout.

use std::io::{self, Write};

use crate::error::Error;

/// Writes to stdout. A reader that has gone away, as `head` does, has read enough: that is not an error.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Error> {
    match write(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes to stdout. A reader that has gone away is an error.
pub(crate) fn print_to_reader(bytes: &[u8]) -> Result<(), Error> {
    write(bytes).map_err(failed)
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

fn failed(source: io::Error) -> Error {
    Error::File {
        action: "write",
        path: "stdout".into(),
        source,
    }
}
