//! Why a state file could not be read, kept or written.

use std::io;
use std::path::{Path, PathBuf};

/// Why a state file could not be read or written. It is never overwritten then.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StateError {
    #[error("state file `{}` could not be read", path.display())]
    #[diagnostic(help("give a path that can be read, or one that does not exist to have it made"))]
    Read { path: PathBuf, source: io::Error },
    #[error("state file `{}` is not a sandbox state: line {line}, column {column}: {reason}", path.display())]
    #[diagnostic(help(
        "the shape is {{\"subscriptions\": [{{\"id\", \"tenant\", \"registered\"}}], \"resources\": [...]}}; correct the file, or name one that does not exist to have it made"
    ))]
    Invalid {
        path: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("state file `{}` could not be written", path.display())]
    #[diagnostic(help("the file and its folder must be writable; the folder must exist"))]
    Write { path: PathBuf, source: io::Error },
    #[error("state file `{}` is in use by another sandbox", path.display())]
    #[diagnostic(help(
        "wait until that one ends, give another file, or use that one: `--arm-endpoint` and `--ca-file` take what its ready line says"
    ))]
    InUse { path: PathBuf },
}

impl StateError {
    /// The place is a field of its own, so it is taken out of the text.
    pub(crate) fn invalid(path: &Path, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let reason = text
            .strip_suffix(&format!(" at line {line} column {column}"))
            .unwrap_or(&text);
        Self::Invalid {
            path: path.to_owned(),
            line,
            column,
            reason: reason.to_owned(),
        }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            // Somebody has made it since it was not there.
            return Self::InUse { path };
        }
        Self::Write { path, source }
    }
}
