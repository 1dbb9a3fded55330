//! Files with an entry on each line.

use std::io::{Error as IoError, ErrorKind, Read};
use std::path::Path;

use crate::error::Error;
use crate::local_file::{LARGEST_SETTINGS, read};

/// Reads the entries of a file, or of stdin for `-`, each with the number of its line. Comments after `#` and empty lines
/// are left out. `flag` names the file, and `entry` says what a line has.
///
/// # Errors
/// The file cannot be read, or has no entry.
pub(crate) fn read_list(file: &Path, flag: &str, entry: &str) -> Result<Vec<(usize, String)>, Error> {
    let text = read_text(file, flag, entry)?;
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            entries.push((at + 1, line.to_owned()));
        }
    }
    if entries.is_empty() {
        let message = format!("`{}` has no entry", file.display());
        return Err(Error::usage(message, format!("write {entry} on each line")));
    }
    Ok(entries)
}

fn read_text(file: &Path, flag: &str, entry: &str) -> Result<String, Error> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let mut stdin = std::io::stdin().lock().take(LARGEST_SETTINGS);
        stdin.read_to_end(&mut bytes).map(|_| bytes)
    } else {
        read(file, LARGEST_SETTINGS)
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(IoError::other));
    text.map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::NoInput {
            path: file.to_owned(),
            help: format!("give `{flag}` a file with {entry} on each line, or - for stdin"),
        },
        _ => Error::File {
            action: "read",
            path: file.to_owned(),
            source,
        },
    })
}
