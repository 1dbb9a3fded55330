//! The file that a sandbox keeps its state in, and keeps other sandboxes out of.
//!
//! The lock is on the file itself, so nothing lies beside it and a killed sandbox leaves none behind. Each save puts a
//! new file in the place of the old one: the new one is locked before it gets its name, and whoever locks a file looks
//! whether it still has that name.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::error::StateError;
use super::json::Object;
use super::types::State;
use crate::model::strict_json;

impl State {
    /// Reads a state file.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        let bytes = std::fs::read(path).map_err(|source| StateError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::read(&bytes, path)
    }

    /// Reads the bytes of the state file `path`.
    pub(crate) fn read(bytes: &[u8], path: &Path) -> Result<Self, StateError> {
        let Object(state): Object<Self> =
            strict_json(bytes).map_err(|error| StateError::invalid(path, &error))?;
        Ok(state.completed())
    }

    /// Writes the state so that the file is either the old or the new one, never a part of it.
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        save(self, path)
    }
}

/// A state file that is ours until this is closed or dropped.
pub(crate) struct StateFile {
    /// As it was given.
    path: PathBuf,
    /// The file that has the name, locked; `None` where there is none yet.
    held: Option<File>,
    /// From then on it is somebody else's matter.
    closed: bool,
}

impl StateFile {
    /// Takes the file and what it holds, or the name of one that is not there. That it can be written is tried, and
    /// nothing in it changed.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<State>), StateError> {
        let read = |source| StateError::Read {
            path: path.to_owned(),
            source,
        };
        let write = |source| StateError::write(path, source);
        if path.is_dir() {
            return Err(read(ErrorKind::IsADirectory.into()));
        }
        let target = resolve(path).map_err(write)?;
        NamedTempFile::new_in(folder(&target)).map_err(write)?;
        let held = take(&target).map_err(write)?;
        let load = |mut file: &File| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(read)?;
            State::read(&bytes, path)
        };
        let state = held.as_ref().map(load).transpose()?;
        let (path, closed) = (path.to_owned(), false);
        Ok((Self { path, held, closed }, state))
    }

    /// Replaces the file. Where there was none there must be none still.
    pub(crate) fn save(&mut self, state: &impl Serialize) -> Result<(), StateError> {
        let saved = resolve(&self.path).and_then(|target| self.replace(&target, state));
        let file = saved.map_err(|source| StateError::write(&self.path, source))?;
        self.held = Some(file);
        Ok(())
    }

    fn replace(&self, target: &Path, state: &impl Serialize) -> io::Result<File> {
        if self.closed {
            return Err(io::Error::other("the sandbox has ended"));
        }
        let file = written(state, target)?;
        lock(file.as_file())?;
        Ok(match self.held {
            Some(_) => file.persist(target)?,
            None => file.persist_noclobber(target)?,
        })
    }

    /// Leaves the file to others and writes no more.
    pub(crate) fn close(&mut self) {
        (self.held, self.closed) = (None, true);
    }
}

/// Opens and locks the file of this name; `None` where there is none. In use is [`ErrorKind::AlreadyExists`].
fn take(target: &Path) -> io::Result<Option<File>> {
    loop {
        let file = match OpenOptions::new().read(true).write(true).open(target) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        lock(&file)?;
        let named = std::fs::metadata(target);
        if named.is_ok_and(|named| file.metadata().is_ok_and(|own| same(&own, &named))) {
            return Ok(Some(file));
        }
    }
}

/// Locks a file until it is closed. On a file system without locks there is none.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ErrorKind::AlreadyExists.into()),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the state file cannot be locked");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same(_: &Metadata, _: &Metadata) -> bool {
    // A file that is open is not replaced there.
    true
}

/// Writes a state so that the file is either the old or the new one, never a part of it.
fn save(state: &impl Serialize, path: &Path) -> Result<(), StateError> {
    let persist = |target: PathBuf| written(state, &target)?.persist(target).map_err(io::Error::from);
    let saved = resolve(path).and_then(persist);
    saved.map(drop).map_err(|source| StateError::write(path, source))
}

/// A whole state next to the target, with the permissions of the target, synced.
fn written(state: &impl Serialize, target: &Path) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder(target))?;
    if let Ok(meta) = std::fs::metadata(target) {
        file.as_file().set_permissions(meta.permissions())?;
    }
    let mut buffer = io::BufWriter::new(file.as_file_mut());
    serde_json::to_writer_pretty(&mut buffer, state)?;
    buffer.write_all(b"\n")?;
    buffer.flush()?;
    drop(buffer);
    file.as_file().sync_all()?;
    Ok(file)
}

/// Where writing to `path` ends up: links are followed, also to a file that is not there yet.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => match std::fs::read_link(path) {
            Ok(link) => resolve(&folder(path).join(link)),
            Err(_) => Ok(std::fs::canonicalize(folder(path))?.join(path.file_name().ok_or(error)?)),
        },
        found => found,
    }
}

fn folder(file: &Path) -> &Path {
    let parent = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}
