//! Quoting for commands that a person copies into a shell.

use std::ffi::OsStr;

/// Returns one word for a POSIX shell, in quotes where it needs them. Text that would not survive being shown and copied (control characters, bytes
/// that are not UTF-8, prefixes that a CI runner takes for a command) is written with `printf`.
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    match word.to_str() {
        Some(text) if is_bare(text) => text.to_owned(),
        Some(text) if text.chars().all(is_plain) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("\"$(printf '%b' '{}')\"", escaped(word.as_encoded_bytes())),
    }
}

/// Returns true for a text that means itself in every shell.
fn is_bare(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte))
}

fn is_plain(c: char) -> bool {
    (c.is_ascii() && !c.is_ascii_control() && c != '#') || (!c.is_ascii() && c.is_alphanumeric())
}

/// Returns the bytes with the escapes of `%b` (POSIX, `printf`).
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b' ' => {
                text.push(char::from(*byte));
            }
            _ => text += &format!("\\0{byte:03o}"),
        }
    }
    text
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_the_quoted_word_back() {
        let words: [&[u8]; 10] = [
            b"plain.json",
            b"a=b:c,d@e%f+g",
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
}
