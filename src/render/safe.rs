//! Makes text safe to print. Names, reasons and server messages come from files and from the network, and are not
//! trusted.
//!
//! A terminal acts on control characters. Bidirectional and invisible characters mislead a reader. A CI runner acts on
//! lines that look like its commands. All of them are made visible here, and nowhere else.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::Ipv6Addr;

use crate::model::acts_unseen;

/// Prefixes that a CI runner looks for anywhere in a line, in any case.
///
/// `##vso[`: Azure Pipelines logging commands. `##[`: formatting commands of Azure Pipelines and of GitHub Actions'
/// first command syntax. `##teamcity[`: TeamCity's service messages.
const ANYWHERE: [&str; 3] = ["##vso[", "##[", "##teamcity["];

/// Returns the text for one line of output. Everything that acts on a terminal, a reader or a runner is made visible as
/// `\u{..}`.
///
/// A leading `:` is made visible too: GitHub Actions takes a line that starts with `::`, blanks apart, for a
/// command, and the caller may put its own `:` next to this text. An IPv6 address stays as it is.
pub fn safe(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    // A few characters grow to `\u{..}`; most texts have none.
    let mut out = String::with_capacity(text.len() + 16);
    let start = text.len() - text.trim_start().len();
    // Escaping its first character is enough to break a command.
    for (at, c) in text.char_indices() {
        if acts_unseen(c) || opens_command(&text[at..]) || (at == start && may_open_line(&text[at..])) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Returns a JSON document with hazardous characters written as `\uXXXX`, which means the same to a parser.
///
/// JSON has none of these characters outside of strings, so the structure stays as it is.
pub(crate) fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    // The newlines of the document itself stay.
    for (at, c) in json.char_indices() {
        if (acts_unseen(c) && c != '\n') || opens_command(&json[at..]) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON that is written in parts, with hazardous characters as [`safe_json`] writes them. `serde_json` writes a string, or what is
/// between two of its own escapes, as one part, so a part has every command that a runner would see.
pub(super) struct SafeJson<'a>(pub(super) &'a mut dyn Write);

impl SafeJson<'_> {
    /// Ends a line.
    pub(super) fn newline(&mut self) -> io::Result<()> {
        self.0.write_all(b"\n")
    }
}

impl Write for SafeJson<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(part).map_err(|_| io::ErrorKind::InvalidData)?;
        // The newlines of an indented document come without their neighbours.
        match is_clean(text) {
            true => self.0.write_all(part)?,
            false => self.0.write_all(safe_json(text).as_bytes())?,
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Returns the text with one `�` for each hazardous character, so that columns stay where they are.
pub(super) fn same_width(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_hazard = acts_unseen(c) || opens_command(&text[at..]);
        out.push(if is_hazard { '\u{fffd}' } else { c });
    }
    out
}

/// Returns true for the usual case: printable ASCII that cannot open a command.
fn is_clean(text: &str) -> bool {
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'#');
    plain && !may_open_line(text.trim_start())
}

/// Returns true for a text that begins with a colon, unless it is an address such as `::1`, which names no command.
fn may_open_line(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '.' | '-' | '_'));
    let first = &text[..end.unwrap_or(text.len())];
    text.starts_with(':') && first.parse::<Ipv6Addr>().is_err()
}

fn opens_command(rest: &str) -> bool {
    for prefix in ANYWHERE {
        if let Some(head) = rest.get(..prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_keep_their_columns() {
        assert_eq!(same_width("a\u{1b}\u{202e}b"), "a\u{fffd}\u{fffd}b");
        assert_eq!(same_width("x: ##VSO[y] # z"), "x: \u{fffd}#VSO[y] # z");
    }

    #[test]
    fn hazards_are_made_visible() {
        let rows = [
            ("plain text, 100 % ok # yes", "plain text, 100 % ok # yes"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("ab\u{202e}cd\u{2066}", "ab\\u{202e}cd\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("line\u{2028}separator", "line\\u{2028}separator"),
            ("::error::pwned", "\\u{3a}:error::pwned"),
            ("  ::set-output::x", "  \\u{3a}:set-output::x"),
            (":", "\\u{3a}"),
            ("::1", "::1"),
            ("::ffff:10.0.0.4 (private)", "::ffff:10.0.0.4 (private)"),
            ("::add-mask::x", "\\u{3a}:add-mask::x"),
            ("::1::error::x", "\\u{3a}:1::error::x"),
            ("a ##vso[task.complete]", "a \\u{23}#vso[task.complete]"),
            ("##VSO[x]", "\\u{23}#VSO[x]"),
            ("##[error]x", "\\u{23}#[error]x"),
            ("##teamcity[x]", "\\u{23}#teamcity[x]"),
            ("a\u{e0100}b\u{fe0f}c\u{3164}", "a\\u{e0100}b\\u{fe0f}c\\u{3164}"),
            ("b::c", "b::c"),
            ("Zürich 東京", "Zürich 東京"),
        ];
        for (text, want) in rows {
            assert_eq!(safe(text), want);
        }
    }

    #[test]
    fn escaped_json_is_the_same_document() {
        let hostile = "\u{1b}\u{7f}\u{9b}\u{202e}\u{e0001}##vso[x] ::error::é";
        let json = serde_json::to_string_pretty(&serde_json::json!({ "message": hostile })).unwrap();
        let safe = safe_json(&json);
        assert!(
            !safe.contains(['\u{7f}', '\u{9b}', '\u{202e}', '\u{e0001}']) && !safe.contains("##vso[")
        );
        let back: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back["message"], hostile);
    }
}
