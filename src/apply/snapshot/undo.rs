//! The way back, as a command.

use std::ffi::OsStr;
use std::path::Path;

use crate::apply::{Snapshot, Undo};
use crate::live::LiveRegistry;
use crate::plan::{Guard, RegistryPlan, undo_guards};

/// The command that takes a plan back. It names the guards that the way back breaks by itself, so that it works as it
/// is printed: whoever made the change has seen these rules come or go. There is none for a state that cannot be wanted.
pub(crate) fn undo(snapshot: &Snapshot, path: &Path, plan: &RegistryPlan, live: &LiveRegistry) -> Undo {
    let (command, reason) = match snapshot.wanted() {
        Ok(wanted) => (
            Some(command(path, &undo_guards(&wanted, live, &plan.changes))),
            None,
        ),
        Err(error) => (None, Some(error.to_string())),
    };
    Undo {
        snapshot: path.display().to_string(),
        command,
        reason,
    }
}

fn command(snapshot: &Path, guards: &[Guard]) -> String {
    let mut command = format!(
        "ringfence restore --from {}",
        shell_word(no_flag(snapshot).as_ref())
    );
    for guard in guards {
        command += &format!(" --override {guard}");
    }
    command
}

/// A path that no parser takes for a flag.
fn no_flag(path: &Path) -> std::borrow::Cow<'_, Path> {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        Path::new(".").join(path).into()
    } else {
        path.into()
    }
}

/// One word for a POSIX shell, whatever is in it. What would not survive being shown and copied (control characters,
/// bytes that are no text, what a CI runner takes for a command) is written with `printf`.
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    match word.to_str() {
        Some(text) if text.chars().all(is_plain) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("\"$(printf '%b' '{}')\"", escaped(word.as_encoded_bytes())),
    }
}

fn is_plain(c: char) -> bool {
    (c.is_ascii() && !c.is_ascii_control() && c != '#') || (!c.is_ascii() && c.is_alphanumeric())
}

/// The escapes of `%b` (POSIX, `printf`).
fn escaped(bytes: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b' ' => {
            char::from(*byte).to_string()
        }
        _ => format!("\\0{byte:03o}"),
    };
    bytes.iter().map(escape).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_back_the_word_that_was_quoted() {
        let words: [&[u8]; 9] = [
            b"plain.json",
            b"it's \"here\" $HOME `id` \\ !",
            b"",
            b"a\nb\tc\\n",
            b"\xff\xfe",
            "büro/🦀\u{202e}".as_bytes(),
            b"##vso[x]",
            b"%s%n",
            b"*?[a]~;&|<>(){}",
        ];
        for word in words {
            let quoted = shell_word(OsStr::from_bytes(word));
            let line = format!("printf %s {quoted}");
            let shell = Command::new("/bin/sh").arg("-c").arg(line).output().unwrap();
            assert_eq!(shell.stdout, word, "{quoted}");
            assert!(
                !quoted.contains(|c: char| c.is_control()) && !quoted.contains("##"),
                "{quoted}"
            );
        }
    }

    #[test]
    fn no_path_is_taken_for_a_flag() {
        for (path, want) in [("-x/a", "./-x/a"), ("x", "x"), ("/-x", "/-x")] {
            assert_eq!(no_flag(Path::new(path)), Path::new(want));
        }
    }
}
