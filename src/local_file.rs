//! Opens and reads the files that flags and variables name.
//!
//! Such a file can come from a pull request, and a path can lead to anything. A device can be endless, and a pipe can
//! block for ever. So every file is read here: only a regular file, and only up to a limit.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Largest JSON document, in bytes. A plan of 1,000 registries with 100 new rules each has about 40 MB.
pub(crate) const LARGEST_DOCUMENT: u64 = 128 << 20;
/// Largest file of certificates or settings, in bytes. The certificates of a whole system take less than 1 MB.
pub(crate) const LARGEST_SETTINGS: u64 = 16 << 20;
/// Largest token, in bytes. Entra refuses assertions that are much shorter.
pub(crate) const LARGEST_TOKEN: u64 = 1 << 20;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Any error of the file system, a path that leads to something else than a regular file, and a larger file.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_open(&open_regular(path)?, limit)
}

/// Reads a file as [`read`] does, or stdin for `-`.
///
/// # Errors
/// As for [`read`], and for [`read_bounded`].
pub(crate) fn read_or_stdin(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    match path == Path::new("-") {
        true => read_bounded(io::stdin().lock(), limit),
        false => read(path, limit),
    }
}

/// Opens a regular file for a reader that bounds its memory itself.
///
/// # Errors
/// Any error of the file system, and a path that leads to something else than a regular file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // Even opening a device can change its state, so the path is checked first.
    check(&std::fs::metadata(path)?)?;
    let file = open(path)?;
    // The path may have led to another file when it was opened.
    check(&file.metadata()?)?;
    Ok(file)
}

/// Reads an open file from its position, as [`read`] does.
///
/// # Errors
/// As for [`read`].
pub(crate) fn read_open(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    // The path may have led to another file when it was opened.
    let metadata = file.metadata()?;
    check(&metadata)?;
    if metadata.len() > limit {
        return Err(too_large(limit));
    }
    // The file can grow while it is read, and files of `/proc` have the length 0.
    read_bounded(file, limit)
}

/// Reads a stream to its end.
///
/// # Errors
/// Any error of the stream, and a stream of more than `limit` bytes: a part of it would look like the whole.
pub(crate) fn read_bounded(stream: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(bytes)
}

/// Refuses what is not a regular file.
///
/// # Errors
/// The kind of the file in words.
pub(crate) fn check(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    if metadata.is_dir() {
        let what = "it is a folder, not a regular file";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, what));
    }
    let kind = if is_pipe(metadata) {
        "a pipe"
    } else {
        "a device or a socket"
    };
    Err(io::Error::other(format!("it is {kind}, not a regular file")))
}

/// Returns true if both describe one file.
#[cfg(unix)]
pub(crate) fn is_one_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Returns true if both describe one file.
#[cfg(not(unix))]
pub(crate) fn is_one_file(_: &Metadata, _: &Metadata) -> bool {
    // An open file cannot be replaced on these systems.
    true
}

fn too_large(limit: u64) -> io::Error {
    io::Error::other(format!("it is larger than {} MiB, the limit", limit >> 20))
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    // A pipe could have taken the place of the file. Opening it would wait for a writer.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Opens a file for writing. A pipe is opened once another process reads it, which must begin within two seconds.
///
/// # Errors
/// Any error of the file system, and a pipe that no process reads.
pub(crate) fn open_to_write(options: &OpenOptions, path: &Path) -> io::Result<File> {
    match std::fs::metadata(path) {
        Ok(metadata) if is_pipe(&metadata) => open_pipe(options, path),
        _ => options.open(path),
    }
}

#[cfg(unix)]
fn open_pipe(options: &OpenOptions, path: &Path) -> io::Result<File> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use std::os::unix::fs::OpenOptionsExt;
    use std::time::{Duration, Instant};

    let mut options = options.clone();
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let until = Instant::now() + Duration::from_secs(2);
    loop {
        match options.open(path) {
            Ok(pipe) => {
                // From now on a write may wait for the reader.
                fcntl_setfl(&pipe, fcntl_getfl(&pipe)? - OFlags::NONBLOCK)?;
                return Ok(pipe);
            }
            Err(error) if error.raw_os_error() != Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                return Err(error);
            }
            Err(_) if Instant::now() >= until => {
                return Err(io::Error::other("it is a pipe that no process reads"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[cfg(not(unix))]
fn open_pipe(options: &OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Returns the path that a write to `path` ends up at. Links are followed, also to a missing file. Special files, such
/// as `/dev/stderr`, keep their names: the files behind them may have none.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    if let Ok(meta) = fs::metadata(path)
        && !meta.is_file()
        && !meta.is_dir()
    {
        return Ok(path.to_owned());
    }
    let error = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => error,
        found => return found,
    };
    // The file is missing: follow the link, or find its folder.
    if let Ok(link) = fs::read_link(path) {
        return resolve(&folder(path).join(link));
    }
    let folder = fs::canonicalize(folder(path))?;
    match path.file_name() {
        Some(name) => Ok(folder.join(name)),
        None => Err(error),
    }
}

/// Returns the nearest folder with a `.git`, which is a file in a worktree.
pub(crate) fn repository_top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// Returns the folder of a file.
pub(crate) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_up_to_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        std::fs::write(&file, [b'x'; 100]).unwrap();
        assert_eq!(read(&file, 100).unwrap().len(), 100);
        let too_long = read(&file, 99).unwrap_err();
        assert_eq!(too_long.to_string(), "it is larger than 0 MiB, the limit");
        let refused = read(folder.path(), 100).unwrap_err();
        assert_eq!(refused.to_string(), "it is a folder, not a regular file");
        // A stream is not cut at the limit.
        assert_eq!(read_bounded(&b"1234"[..], 4).unwrap(), b"1234");
        assert!(read_bounded(&b"12345"[..], 4).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn devices_pipes_and_endless_files_are_refused() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for (path, kind) in [(&pipe, "a pipe"), (&link, "a device or a socket")] {
            let error = read(path, 100).unwrap_err().to_string();
            assert_eq!(error, format!("it is {kind}, not a regular file"));
        }
        // A pipe that takes the place of a file after the check.
        let opened = open(&pipe).unwrap();
        assert!(read_open(&opened, 100).is_err());
        // The pipe has a reader now, and then none.
        let options = OpenOptions::new().write(true).clone();
        assert!(open_to_write(&options, &pipe).is_ok());
        drop(opened);
        let error = open_to_write(&options, &pipe).unwrap_err();
        assert_eq!(error.to_string(), "it is a pipe that no process reads");
    }

    #[test]
    #[cfg(unix)]
    fn resolve_follows_links_to_missing_files() {
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
