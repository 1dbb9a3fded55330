//! Files with an entry on each line.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::error::Error;
use crate::local_file::{LARGEST_SETTINGS, read, read_bounded};
use crate::model::{ErrorCode, Failure, as_utf8};

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
        let name = match file == Path::new("-") {
            true => "stdin".to_owned(),
            false => format!("`{}`", file.display()),
        };
        let message = format!("{name} has no entry");
        return Err(Error::usage(message, format!("write {entry} on each line")));
    }
    Ok(entries)
}

fn read_text(file: &Path, flag: &str, entry: &str) -> Result<String, Error> {
    let bytes = match file == Path::new("-") {
        true => read_bounded(std::io::stdin().lock(), LARGEST_SETTINGS),
        false => read(file, LARGEST_SETTINGS),
    };
    bytes
        .and_then(|bytes| text_of(&bytes))
        .map_err(|source| unreadable(file, source, flag, entry))
}

fn unreadable(file: &Path, source: io::Error, flag: &str, entry: &str) -> Error {
    let help = format!("give `{flag}` a file with {entry} on each line, or - for stdin");
    match source.kind() {
        ErrorKind::NotFound => Error::NoInput {
            path: file.to_owned(),
            help,
        },
        // What ringfence refuses itself, such as the pipe that a shell gives for `<(…)`.
        ErrorKind::Other => {
            let message = format!("cannot read `{}`: {source}", file.display());
            Error::Failed(Failure::new(ErrorCode::Io, message).with_help(help))
        }
        _ => Error::File {
            action: "read",
            path: file.to_owned(),
            source,
        },
    }
}

/// Returns the text of a list. Windows PowerShell writes UTF-16, or a byte order mark.
fn text_of(bytes: &[u8]) -> io::Result<String> {
    let mut text = Vec::new();
    as_utf8(bytes)?.read_to_end(&mut text)?;
    String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        io::Error::other(format!("line {line} is not UTF-8 text"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_of_a_file_names_stdin() {
        let refused = io::Error::other("it is a pipe, not a regular file");
        let error = unreadable(Path::new("/dev/fd/63"), refused, "--ip-file", "an address");
        assert_eq!(
            error.to_string(),
            "cannot read `/dev/fd/63`: it is a pipe, not a regular file"
        );
        assert!(error.help().unwrap().ends_with("or - for stdin"));
    }

    #[test]
    fn lists_of_windows_are_read() {
        let utf16: Vec<u8> = "\u{feff}192.0.2.1\r\n192.0.2.2\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [&utf16[..], b"\xef\xbb\xbf192.0.2.1\r\n192.0.2.2\r\n"] {
            let text = text_of(bytes).unwrap();
            assert_eq!(text.lines().collect::<Vec<_>>(), ["192.0.2.1", "192.0.2.2"]);
        }
        let error = text_of(b"192.0.2.1\n\xff\xfe\xfd\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2 is not UTF-8 text");
    }
}
