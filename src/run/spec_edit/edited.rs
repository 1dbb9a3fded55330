//! What all edits of a spec share: the text before, the checked text after, and the reasons not to write it.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, RunRefusal};
use crate::local_file;
use crate::spec::edit::{EditError, EditErrorKind, EditReport};
use crate::spec::{ChangedFile, Diagnostic, DiagnosticCode, LARGEST_FILE, Loaded, Source};

/// An edit that is checked, and that is still to be written.
#[derive(Clone, Debug)]
pub struct EditedSpec {
    pub path: PathBuf,
    /// The bytes of the file that the edit was made for.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    pub report: EditReport,
    /// The warnings that the spec did not have before.
    pub warnings: Vec<Diagnostic>,
}

/// What a file may begin with that an editor on Windows has saved.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file of a spec.
pub(super) struct SpecText {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl SpecText {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        match local_file::read(path, LARGEST_FILE) {
            Ok(bytes) => Ok(Self {
                path: path.to_owned(),
                bytes,
            }),
            Err(source) => Err(unreadable(path, source)),
        }
    }

    /// Returns the file as the loader takes it.
    pub(super) fn as_read(&self) -> ChangedFile<'_> {
        ChangedFile {
            path: &self.path,
            text: &self.bytes,
        }
    }

    /// Returns the text without its byte order mark.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub(super) fn text(&self) -> Result<&str, Error> {
        let bytes = self.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.bytes);
        std::str::from_utf8(bytes).map_err(|error| unreadable(&self.path, io::Error::other(error)))
    }

    /// Returns the error of an edit that a person has to make, or that a guard refuses.
    pub(super) fn not_edited(&self, source: Box<EditError>) -> Error {
        let file = self.path.clone();
        Error::Refused(RunRefusal::NotEdited { file, source })
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    }
}

/// Returns the warnings that a spec did not have before an edit.
pub(super) fn new_warnings(before: &Loaded, after: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for new in after {
        let mut known = before.warnings.iter();
        if !known.any(|old| old.code == new.code && old.message == new.message) {
            warnings.push(new);
        }
    }
    warnings
}

/// Returns the reason why an edited spec is invalid: an expectation that would no longer hold, a name that the file does not
/// have, or else `other`.
pub(super) fn reason(found: &[Diagnostic], place: &Source, other: EditErrorKind) -> EditErrorKind {
    for diagnostic in found {
        let found = diagnostic.message.clone();
        let place = diagnostic.source().unwrap_or(place).clone();
        match diagnostic.code {
            DiagnosticCode::ExpectFails => return EditErrorKind::BreaksExpect { found, place },
            DiagnosticCode::UnknownName => return EditErrorKind::UnknownName { found, place },
            _ => {}
        }
    }
    other
}
