//! Files that results go to: where they really are, and how they are written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where writing to `path` ends up: links are followed, also to a file that is not there yet. What is no regular
/// file, such as `/dev/stderr`, keeps its name: where that leads may have none.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    if fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        return Ok(path.to_owned());
    }
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(link) => resolve(&folder(path).join(link)),
            Err(_) => Ok(fs::canonicalize(folder(path))?.join(path.file_name().ok_or(error)?)),
        },
        found => found,
    }
}

/// The folder that a file is in.
pub(crate) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Tries it in the file's folder, so that a result that cannot be kept is found out before anything is read or
/// written.
pub(crate) fn can_be_made(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let file = resolve(file)?;
    if is_special(&file) {
        return Ok(());
    }
    beside(&file).map(drop)
}

/// Writes a file so that a reader sees the old or the new one whole. What is no regular file, such as `/dev/stderr`,
/// is written to as it is.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(file, bytes, beside)
}

/// The same for what only its owner may read, whoever could read the file before.
pub(crate) fn write_secret(file: &Path, bytes: &[u8]) -> io::Result<()> {
    // Without a word about permissions such a file is its owner's.
    write_with(file, bytes, |file| temporary().tempfile_in(folder(file)))
}

fn write_with(
    file: &Path,
    bytes: &[u8],
    beside: impl Fn(&Path) -> io::Result<tempfile::NamedTempFile>,
) -> io::Result<()> {
    let file = resolve(file)?;
    if is_special(&file) {
        return fs::OpenOptions::new().write(true).open(&file)?.write_all(bytes);
    }
    replace(&file, bytes, beside(&file)?)
}

/// Whether something is there that is no regular file.
fn is_special(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| !meta.is_file())
}

fn replace(file: &Path, bytes: &[u8], mut temporary: tempfile::NamedTempFile) -> io::Result<()> {
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map(|_| ()).map_err(|error| error.error)
}

/// A temporary file in the same folder, which goes away by itself.
fn beside(file: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = temporary();
    #[cfg(unix)]
    builder.permissions(permissions(file));
    builder.tempfile_in(folder(file))
}

fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ringfence-");
    builder
}

/// Those of the file that is replaced, or what the process gives any new file.
#[cfg(unix)]
fn permissions(file: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).map_or_else(|_| fs::Permissions::from_mode(0o666), |meta| meta.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_link_is_followed_even_to_a_file_that_is_not_there() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("b", path("a")).unwrap();
        symlink("c", path("b")).unwrap();
        symlink("loop", path("loop")).unwrap();
        let real = fs::canonicalize(folder.path()).unwrap();
        assert_eq!(resolve(&path("a")).unwrap(), real.join("c"));
        assert!(resolve(&path("loop")).is_err());
        assert_eq!(resolve(Path::new("/dev/null")).unwrap(), Path::new("/dev/null"));
    }
}
