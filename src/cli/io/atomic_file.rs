//! Files that results go to: writes that leave no half file.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::local_file::{self, folder, resolve};

/// Checks that a file can be made, by making another one in its folder. A run that cannot keep its result must end
/// before it reads or writes anything.
pub(crate) fn can_be_made(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let file = resolve(file)?;
    if !is_special(&file) {
        temporary_beside(&file)?;
    }
    Ok(())
}

/// Replaces a file in one step, so that its readers see the old or the new one whole. Special files, such as
/// `/dev/stderr`, are written to.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write_parts(file, |out| out.write_all(bytes))
}

/// Replaces a file as [`write`] does, by what `write` makes, part by part.
pub(crate) fn write_parts(
    file: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    write_with(file, write, temporary_beside)
}

/// Replaces a file as [`write`] does, with one that only its owner can read.
pub(crate) fn write_secret(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(file, |out| out.write_all(bytes), secret_beside)
}

fn write_with(
    file: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    temporary: fn(&Path) -> io::Result<NamedTempFile>,
) -> io::Result<()> {
    let file = resolve(file)?;
    if is_special(&file) {
        let options = fs::OpenOptions::new().write(true).clone();
        return buffered(local_file::open_to_write(&options, &file)?, write);
    }
    let temporary = temporary(&file)?;
    buffered(temporary.as_file(), write)?;
    // The bytes must be on the disk before the name points to them.
    temporary.as_file().sync_all()?;
    match temporary.persist(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.error),
    }
}

/// Writes many small parts as a few large ones.
fn buffered(out: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    write(&mut out)?;
    out.flush()
}

/// Returns true if the path exists and is not a regular file.
fn is_special(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| !meta.is_file())
}

/// Makes a temporary file in the same folder, with the permissions of the file that it will replace.
fn temporary_beside(file: &Path) -> io::Result<NamedTempFile> {
    let mut builder = builder();
    #[cfg(unix)]
    builder.permissions(permissions(file));
    builder.tempfile_in(folder(file))
}

/// Makes a temporary file in the same folder. Its default permissions are its owner's alone.
fn secret_beside(file: &Path) -> io::Result<NamedTempFile> {
    builder().tempfile_in(folder(file))
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ringfence-");
    builder
}

/// Returns the permissions of a file, or those of any new file.
#[cfg(unix)]
fn permissions(file: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    match fs::metadata(file) {
        Ok(meta) => meta.permissions(),
        Err(_) => fs::Permissions::from_mode(0o666),
    }
}

/// Returns the error of a result that cannot be written.
pub(crate) fn unwritten(file: &Path, source: io::Error) -> Error {
    Error::File {
        action: "write",
        path: file.into(),
        source,
    }
}
