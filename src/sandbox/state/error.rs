//! Errors of the state file.

use std::io;
use std::path::{Path, PathBuf};

/// Reason why a state file could not be read or written. The file keeps its content.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StateError {
    /// The file cannot be read.
    #[error("state file `{}` could not be read", path.display())]
    #[diagnostic(help("give a readable file, or a path without a file to make one"))]
    Read { path: PathBuf, source: io::Error },
    /// The file does not hold a state. `line` and `column` count from 1.
    #[error("state file `{}` is not a sandbox state: line {line}, column {column}: {reason}", path.display())]
    #[diagnostic(help(
        "the shape is {{\"subscriptions\": [{{\"id\", \"tenant\", \"registered\"}}], \"resources\": [...]}}, with the output of `az acr show` and `az network vnet show` as resources; correct the value or take it out, or give a path without a file to make one"
    ))]
    Invalid {
        path: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    /// The file cannot be written.
    #[error("state file `{}` could not be written", path.display())]
    #[diagnostic(help("the file and its folder must be writable; the folder must exist"))]
    Write { path: PathBuf, source: io::Error },
    /// Another sandbox has the file open.
    #[error("state file `{}` is in use by another sandbox", path.display())]
    #[diagnostic(help(
        "wait until it ends, give another file, or connect to it: its ready line has the values of `--arm-endpoint` and `--ca-file`"
    ))]
    InUse { path: PathBuf },
}

impl StateError {
    /// Makes a [`StateError::Invalid`]. The position has fields of its own, so it is removed from the text.
    pub(crate) fn invalid(path: &Path, error: &serde_json::Error) -> Self {
        // The parser counts columns from 0 for the first value.
        let (line, column) = (error.line(), error.column().max(1));
        let text = error.to_string();
        let position = format!(" at line {line} column {}", error.column());
        let reason = text.strip_suffix(&position).unwrap_or(&text).to_owned();
        Self::Invalid {
            path: path.to_owned(),
            line,
            column,
            reason,
        }
    }

    /// Makes the error of a failed write.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            // Another process made the file after this one had found none.
            return Self::InUse { path };
        }
        Self::Write { path, source }
    }
}
