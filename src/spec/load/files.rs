//! Reads files with limits, and keeps their text for places.

use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::spec::diagnostic::{Diagnostic, Excerpt, Place};
use crate::spec::types::Source;
use crate::spec::yaml::node::At;

/// Largest file that is read, in bytes. A registry with its rules takes some hundred.
const LARGEST: u64 = 10 * 1024 * 1024;

/// The texts of all files of a run.
#[derive(Debug, Default)]
pub(crate) struct FileTexts(Vec<FileText>);

#[derive(Debug)]
struct FileText {
    name: Arc<str>,
    bytes: Vec<u8>,
}

impl FileTexts {
    /// Keeps a text and returns its index.
    pub(crate) fn add(&mut self, name: &str, bytes: Vec<u8>) -> u32 {
        self.0.push(FileText {
            name: name.into(),
            bytes,
        });
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// The file's name as users know it.
    pub(crate) fn name(&self, file: u32) -> &Arc<str> {
        &self.0[file as usize].name
    }

    pub(crate) fn source(&self, at: At) -> Source {
        Source {
            file: self.name(at.file).clone(),
            line: at.line,
            column: at.column,
        }
    }

    pub(crate) fn place(&self, at: At) -> Place {
        let bytes = &self.0[at.file as usize].bytes;
        Place {
            source: self.source(at),
            line: Excerpt::cut(bytes, at.offset as usize, at.len as usize),
        }
    }

    /// The text of a file, or what makes it no text.
    pub(crate) fn text(&self, file: u32) -> Result<&str, Box<Diagnostic>> {
        let bytes = &self.0[file as usize].bytes;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let found = Diagnostic::error("not-utf-8", "the file is UTF-16; a spec is UTF-8");
            return Err(Box::new(
                found
                    .help("save it as UTF-8")
                    .at(self.place(at_offset(bytes, file, 0))),
            ));
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            let found = Diagnostic::error("nul-byte", format!("a NUL byte at offset {offset}"));
            let help = "this is no text file, or not UTF-8; save it as UTF-8";
            return Err(Box::new(
                found.help(help).at(self.place(at_offset(bytes, file, offset))),
            ));
        }
        std::str::from_utf8(bytes).map_err(|error| {
            let offset = error.valid_up_to();
            let found =
                Diagnostic::error("not-utf-8", format!("the byte at offset {offset} is not UTF-8"));
            Box::new(
                found
                    .help("save it as UTF-8")
                    .at(self.place(at_offset(bytes, file, offset))),
            )
        })
    }
}

/// The place of a byte in what may be no UTF-8.
fn at_offset(bytes: &[u8], file: u32, offset: usize) -> At {
    let before = &bytes[..offset];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |index| index + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    At {
        file,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        len: 1,
    }
}

/// The one name of a regular file. What is something else is said to be so: a pipe has no such name.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf, String> {
    let reason = |error: std::io::Error| error.to_string();
    regular(&std::fs::metadata(path).map_err(reason)?)?;
    path.canonicalize().map_err(reason)
}

/// Size and text of what is no regular file cannot be known before it is read.
fn regular(metadata: &Metadata) -> Result<(), String> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let name = if kind.is_dir() {
        "a folder"
    } else if is_pipe(kind) {
        "a pipe"
    } else {
        "a device or a socket"
    };
    Err(format!("it is {name}, not a regular file"))
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// Reads a regular file of bearable size, without its UTF-8 byte order mark.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let reason = |error: std::io::Error| error.to_string();
    let metadata = std::fs::metadata(path).map_err(reason)?;
    regular(&metadata)?;
    let too_large = || {
        format!(
            "larger than {} MiB, the most that a spec file may have",
            LARGEST >> 20
        )
    };
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(reason)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(reason)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(without_bom(bytes))
}

pub(crate) fn without_bom(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        bytes.drain(..3);
    }
    bytes
}

/// The files that a path argument stands for: itself, or the YAML files of a folder by name.
pub(crate) fn expand(path: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry
            .map_err(|error| unreadable(path, &error.to_string()))?
            .path();
        let is_yaml = file
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let message = format!("the folder `{}` has no `*.yaml` or `*.yml` file", path.display());
        let help = "name the folder that holds the files; folders inside of it are not searched";
        return Err(Box::new(Diagnostic::error("empty-folder", message).help(help)));
    }
    Ok(files)
}

/// A file that could not be read, and why.
pub(crate) fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "unreadable",
        format!("cannot read `{}`: {reason}", path.display()),
    )
    .help("check the path and its permissions; a spec is a regular file or a folder of them")
}
