//! Reads files with limits, and keeps their text for the places in diagnostics.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::local_file;
use crate::spec::correction::Correction;
use crate::spec::diagnostic::{Diagnostic, Place};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::excerpt::Excerpt;
use crate::spec::help::Replacement;
use crate::spec::types::Source;
use crate::spec::yaml::place::{At, narrow};

/// Largest file that is read, in bytes. A registry with its rules takes some hundred bytes.
pub const LARGEST: u64 = 10 * 1024 * 1024;

/// The texts of all files of a run.
#[derive(Debug, Default)]
pub(crate) struct FileTexts(Vec<FileText>);

#[derive(Debug)]
struct FileText {
    name: Arc<str>,
    bytes: Vec<u8>,
}

impl FileTexts {
    /// Returns the length of all texts.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|file| file.bytes.len()).sum()
    }

    /// Returns `sha256:` over all texts, each with its length.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for file in &self.0 {
            hasher.update((file.bytes.len() as u64).to_be_bytes());
            hasher.update(&file.bytes);
        }
        let mut text = "sha256:".to_owned();
        for byte in hasher.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Keeps a text and returns its index.
    pub(crate) fn add(&mut self, name: &str, bytes: Vec<u8>) -> u32 {
        let index = narrow(self.0.len());
        self.0.push(FileText {
            name: name.into(),
            bytes,
        });
        index
    }

    /// Returns the name of a file as users know it.
    pub(crate) fn name(&self, file: u32) -> &Arc<str> {
        &self.0[file as usize].name
    }

    /// Returns file, line and column of a place.
    pub(crate) fn source(&self, at: At) -> Source {
        Source {
            file: self.name(at.file).clone(),
            line: at.line,
            column: at.column,
        }
    }

    /// Returns a place with its line.
    pub(crate) fn place(&self, at: At) -> Place {
        let bytes = &self.0[at.file as usize].bytes;
        Place {
            source: self.source(at),
            line: Excerpt::cut(bytes, at.offset as usize, at.len as usize),
        }
    }

    /// Returns the place where a value is used: that of its alias, if it has one.
    pub(crate) fn used(&self, at: At) -> At {
        if at.alias == 0 {
            return at;
        }
        let (bytes, offset) = (&self.0[at.file as usize].bytes, at.alias as usize);
        let after = bytes.get(offset..).unwrap_or_default();
        let end = after
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || b",[]{}".contains(byte));
        At {
            len: narrow(end.unwrap_or(after.len())),
            ..at_offset(bytes, at.file, offset)
        }
    }

    /// Returns the correction of a place. `None` if the place is not a value on one line, or if it has an anchor: what is
    /// wrong for one use of it can be right for another.
    pub(crate) fn correction(&self, at: At, replacement: Replacement) -> Option<Correction> {
        let offset = at.offset as usize;
        let bytes = &self.0[at.file as usize].bytes;
        let marked = bytes.get(offset..offset + at.len as usize)?;
        if marked.is_empty() || has_anchor(&bytes[..offset]) {
            return None;
        }
        let before = String::from_utf8(marked.to_vec()).ok()?;
        let after = match replacement {
            Replacement::Text(text) => quoted_like(&before, text),
            Replacement::Yaml(value) => value,
        };
        Some(Correction {
            line: at.line,
            offset,
            before,
            after,
        })
    }

    /// Returns the text of a file.
    ///
    /// # Errors
    /// Returns a diagnostic if the file is not UTF-8 or has a NUL byte.
    pub(crate) fn text(&self, file: u32) -> Result<&str, Box<Diagnostic>> {
        let bytes = &self.0[file as usize].bytes;
        // UTF-16 and NUL bytes are looked for first, because their messages are more helpful.
        let (offset, code, message, help) =
            if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                let message = "the file is UTF-16, but a spec must be UTF-8".to_owned();
                (0, DiagnosticCode::NotUtf8, message, "save it as UTF-8")
            } else if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
                let message = format!("unexpected NUL byte at offset {offset}");
                let help = "check that this is a text file, and save it as UTF-8";
                (offset, DiagnosticCode::NulByte, message, help)
            } else {
                match std::str::from_utf8(bytes) {
                    Ok(text) => return Ok(text),
                    Err(error) => {
                        let offset = error.valid_up_to();
                        let message = format!("invalid UTF-8 at offset {offset}");
                        (offset, DiagnosticCode::NotUtf8, message, "save it as UTF-8")
                    }
                }
            };
        let place = self.place(at_offset(bytes, file, offset));
        Err(Box::new(Diagnostic::new(code, message, help).at(place)))
    }
}

/// Returns true if the text ends in an anchor, such as `&office `.
fn has_anchor(before: &[u8]) -> bool {
    let mut words = before.trim_ascii_end().rsplit(u8::is_ascii_whitespace);
    words.next().is_some_and(|word| word.starts_with(b"&"))
}

/// Returns a text in the quotes of another one. In a flow mapping, a key in quotes needs no space after its colon.
fn quoted_like(before: &str, text: String) -> String {
    for quote in ['"', '\''] {
        if before.len() > 1 && before.starts_with(quote) && before.ends_with(quote) {
            return format!("{quote}{text}{quote}");
        }
    }
    text
}

/// Returns the place of a byte in a file that may not be UTF-8.
fn at_offset(bytes: &[u8], file: u32, offset: usize) -> At {
    let before = &bytes[..offset];
    let mut line = 1;
    let mut start = 0;
    for (index, byte) in before.iter().enumerate() {
        if *byte == b'\n' {
            line += 1;
            start = index + 1;
        }
    }
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    At {
        file,
        line: narrow(line),
        column: narrow(column),
        offset: narrow(offset),
        len: 1,
        alias: 0,
    }
}

/// Returns the canonical path of a regular file.
///
/// # Errors
/// Returns the reason in words, also if the path is not a regular file. A pipe, for example, has no canonical path.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf, String> {
    regular(path).map_err(|error| error.to_string())
}

fn regular(path: &Path) -> io::Result<PathBuf> {
    local_file::check(&std::fs::metadata(path)?)?;
    path.canonicalize()
}

/// Reads a regular file, without its UTF-8 byte order mark.
///
/// # Errors
/// Returns the reason in words, also if the file is larger than 10 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    match local_file::read(path, LARGEST) {
        Ok(bytes) => Ok(without_bom(bytes)),
        Err(error) => Err(error.to_string()),
    }
}

/// Removes the UTF-8 byte order mark.
pub(crate) fn without_bom(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        bytes.drain(..3);
    }
    bytes
}

/// Creates the diagnostic of a file or folder that cannot be read.
pub(crate) fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::new(
        DiagnosticCode::Unreadable,
        format!("cannot read `{}`: {reason}", path.display()),
        "check the path and its permissions; a spec is a regular file, or a folder of them",
    )
}
