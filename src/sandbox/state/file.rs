//! The state file of a sandbox, locked against other sandboxes.
//!
//! The lock is on the file itself, so there is no lock file, and a killed sandbox leaves no lock behind. Each save
//! replaces the file by a new one. The new file is locked before it gets the name. After locking a file, a sandbox
//! checks that the file still has the name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::error::StateError;
use super::json::Object;
use super::types::State;
use crate::local_file::{self, LARGEST_DOCUMENT};
use crate::model::strict_json;

impl State {
    /// Reads a state file.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        let bytes =
            local_file::read(path, LARGEST_DOCUMENT).map_err(|source| unreadable(path, source))?;
        Self::read(&bytes, path)
    }

    /// Reads the bytes of the state file `path`.
    pub(crate) fn read(bytes: &[u8], path: &Path) -> Result<Self, StateError> {
        let Object(state): Object<Self> =
            strict_json(bytes).map_err(|error| StateError::invalid(path, &error))?;
        Ok(state.completed())
    }

    /// Writes the state atomically: the file holds either the old or the new state.
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        save(self, path)
    }
}

/// A locked state file. Closing or dropping it releases the lock.
pub(crate) struct StateFile {
    /// Path as it was given.
    path: PathBuf,
    /// The locked file, `None` until the first save of a new one.
    held: Option<File>,
    /// True once the file is released. It is not written any more then.
    closed: bool,
}

impl StateFile {
    /// Locks the file and reads its state, `None` if there is no such file.
    ///
    /// It tests that the folder can be written, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`StateError::InUse`] if another sandbox has the file; the other variants as their names say.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<State>), StateError> {
        check_kind(path).map_err(|source| unreadable(path, source))?;
        let held = lock_existing(path).map_err(|source| StateError::write(path, source))?;
        let state = match &held {
            Some(file) => Some(read_state(file, path)?),
            None => None,
        };
        let (path, closed) = (path.to_owned(), false);
        Ok((Self { path, held, closed }, state))
    }

    /// Replaces the file. A new file must not replace one that another process has made meanwhile.
    pub(crate) fn save(&mut self, state: &impl Serialize) -> Result<(), StateError> {
        let file = self.replace(state);
        self.held = Some(file.map_err(|source| StateError::write(&self.path, source))?);
        Ok(())
    }

    fn replace(&self, state: &impl Serialize) -> io::Result<File> {
        let target = resolve(&self.path)?;
        if self.closed {
            return Err(io::Error::other("the sandbox has ended"));
        }
        let file = write_temporary(state, &target)?;
        lock(file.as_file())?;
        Ok(match self.held {
            Some(_) => file.persist(&target)?,
            None => file.persist_noclobber(&target)?,
        })
    }

    /// Releases the file and refuses further saves.
    pub(crate) fn close(&mut self) {
        (self.held, self.closed) = (None, true);
    }
}

fn unreadable(path: &Path, source: io::Error) -> StateError {
    StateError::Read {
        path: path.to_owned(),
        source,
    }
}

/// Refuses a path that leads to something else than a regular file. A file that does not exist yet is fine.
fn check_kind(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) => local_file::check(&metadata),
        Err(_) => Ok(()),
    }
}

fn read_state(file: &File, path: &Path) -> Result<State, StateError> {
    let bytes =
        local_file::read_open(file, LARGEST_DOCUMENT).map_err(|source| unreadable(path, source))?;
    State::read(&bytes, path)
}

/// Opens and locks the file, `None` if there is none. The error is [`ErrorKind::AlreadyExists`] if it is in use.
fn lock_existing(path: &Path) -> io::Result<Option<File>> {
    let target = resolve(path)?;
    // A save needs a second file in the folder, so this tests that it can be made.
    NamedTempFile::new_in(folder(&target))?;
    loop {
        let file = match OpenOptions::new().read(true).write(true).open(&target) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        lock(&file)?;
        // A save may have replaced the file between opening and locking it.
        if let (Ok(named), Ok(own)) = (std::fs::metadata(&target), file.metadata())
            && local_file::is_one_file(&own, &named)
        {
            return Ok(Some(file));
        }
    }
}

/// Locks a file until it is closed. A file system without locks gets a warning instead.
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

/// Writes a state atomically: the file holds either the old or the new state.
fn save(state: &impl Serialize, path: &Path) -> Result<(), StateError> {
    replace_unlocked(state, path).map_err(|source| StateError::write(path, source))
}

fn replace_unlocked(state: &impl Serialize, path: &Path) -> io::Result<()> {
    let target = resolve(path)?;
    write_temporary(state, &target)?.persist(target)?;
    Ok(())
}

/// Writes a state to a temporary file next to the target, with the permissions of the target, and syncs it.
fn write_temporary(state: &impl Serialize, target: &Path) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder(target))?;
    // A temporary file is private; the state file keeps its permissions.
    if let Ok(meta) = std::fs::metadata(target) {
        file.as_file().set_permissions(meta.permissions())?;
    }
    // The buffer avoids a system call for each JSON token.
    let mut buffer = io::BufWriter::new(file.as_file_mut());
    serde_json::to_writer_pretty(&mut buffer, state)?;
    buffer.write_all(b"\n")?;
    buffer.flush()?;
    drop(buffer);
    file.as_file().sync_all()?;
    Ok(file)
}

/// Returns the path that a write to `path` reaches. It follows links, also to a file that does not exist yet.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let missing = match std::fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => error,
        found => return found,
    };
    if let Ok(link) = std::fs::read_link(path) {
        return resolve(&folder(path).join(link));
    }
    // Only the folder must exist.
    let Some(name) = path.file_name() else {
        return Err(missing);
    };
    Ok(std::fs::canonicalize(folder(path))?.join(name))
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
