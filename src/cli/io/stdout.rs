//! Writes to stdout.

use std::io::{self, BufWriter, Write};

use crate::error::Error;

/// Writes to stdout. A reader that has gone away, as `head` does, has read enough: that is not an error.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Error> {
    print_parts(|out| out.write_all(bytes))
}

/// Writes to stdout what `write` makes, part by part, as [`print`] does.
pub(crate) fn print_parts(
    write_parts: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    match write(write_parts) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes to stdout. A reader that has gone away is an error.
pub(crate) fn print_to_reader(bytes: &[u8]) -> Result<(), Error> {
    write(|out| out.write_all(bytes)).map_err(failed)
}

fn write(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Stdout itself writes each line on its own.
    let mut stdout = BufWriter::new(io::stdout().lock());
    write(&mut stdout)?;
    stdout.flush()
}

fn failed(source: io::Error) -> Error {
    Error::File {
        action: "write",
        path: "stdout".into(),
        source,
    }
}
