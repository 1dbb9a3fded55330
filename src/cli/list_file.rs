//! Files with an entry on each line.

use std::io;
use std::path::Path;

use crate::error::{Error, unreadable};
use crate::local_file::{LARGEST_SETTINGS, read_or_stdin};
use crate::model::utf8_text;

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
    let text = read_or_stdin(file, LARGEST_SETTINGS).and_then(|bytes| utf8_text(&bytes));
    text.map_err(|source| unread(file, source, flag, entry))
}

fn unread(file: &Path, source: io::Error, flag: &str, entry: &str) -> Error {
    let help = format!("give `{flag}` a file with {entry} on each line, or - for stdin");
    unreadable(file, source, &help, &help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_of_a_file_names_stdin() {
        let refused = io::Error::other("it is a pipe, not a regular file");
        let error = unread(Path::new("/dev/fd/63"), refused, "--ip-file", "an address");
        assert_eq!(
            error.to_string(),
            "cannot read `/dev/fd/63`: it is a pipe, not a regular file"
        );
        assert!(error.help().unwrap().ends_with("or - for stdin"));
    }
}
