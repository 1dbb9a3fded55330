//! Writes to stdout. A reader that has gone away is an error here: what it means depends on the result.

use std::io::{self, BufWriter, Write};

use crate::error::Error;

/// Writes to stdout.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Error> {
    print_parts(|out| out.write_all(bytes))
}

/// Writes to stdout what `write` makes, part by part.
pub(crate) fn print_parts(
    write_parts: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    write(write_parts).map_err(|source| Error::File {
        action: "write",
        path: "stdout".into(),
        source,
    })
}

fn write(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Stdout itself writes each line on its own.
    let mut stdout = BufWriter::new(io::stdout().lock());
    write(&mut stdout)?;
    stdout.flush()
}

/// Ignores that the reader of a result has gone away, as `head` does: it has read enough. A result that is about something
/// written must not be lost that way.
pub(crate) fn unless_reader_left(written: Result<(), Error>) -> Result<(), Error> {
    match written {
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
