//! Common mistakes in the syntax of YAML, found by the kind of the parser's error and by the lines around it.

use serde_saphyr::granit_parser::ErrorKind;

use super::node::short;
use super::place::{At, narrow};
use crate::spec::diagnostic_code::DiagnosticCode;

/// Longest part of a line that is looked at, in bytes.
const LONGEST_LINE: usize = 2000;
/// Longest text before an error in which an opening quote or bracket is looked for, in bytes.
const MOST_BEFORE: usize = 20_000;

/// A mistake with its place and its correction.
pub(crate) struct SyntaxMistake {
    pub at: At,
    pub code: DiagnosticCode,
    pub message: String,
    pub help: String,
}

/// One line of the file.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    /// Bytes of the file before the line.
    start: usize,
    number: u32,
}

/// Returns the mistake behind an error of the parser, if it is a common one.
pub(crate) fn find(kind: &ErrorKind, text: &str, at: At) -> Option<SyntaxMistake> {
    let offset = (at.offset as usize).min(text.len());
    let line = line_at(text, offset, at.line)?;
    // The parser reports a tab as some other error, on the line itself or on one beside it.
    let beside = [Some(line), before(text, line), after(text, line)];
    for line in beside.into_iter().flatten() {
        if let Some(found) = tab(line, at) {
            return Some(found);
        }
    }
    match kind {
        ErrorKind::UnknownAnchor => return Some(unknown_anchor(text, offset, at)),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            if let Some(found) = open_quote(text, offset, at) {
                return Some(found);
            }
        }
        ErrorKind::UnclosedFlowCollection { .. } => return open_bracket(text, offset + 1, at),
        ErrorKind::SimpleKeyExpected => {
            if let Some(found) = missing_colon(line, at) {
                return Some(found);
            }
        }
        _ => {}
    }
    missing_blank(line, at)
        .or_else(|| open_bracket(text, offset, at))
        .or_else(|| indentation(text, line, at))
}

/// Finds a tab in the indentation of a line.
fn tab(line: Line<'_>, at: At) -> Option<SyntaxMistake> {
    let blanks = line.text.len() - line.text.trim_start_matches(' ').len();
    if !line.text[blanks..].starts_with('\t') {
        return None;
    }
    Some(SyntaxMistake {
        at: place(at, line, blanks, 1),
        code: DiagnosticCode::TabIndent,
        message: "a tab indents this line".to_owned(),
        help: "indent with spaces; YAML does not allow tabs for indentation".to_owned(),
    })
}

fn unknown_anchor(text: &str, offset: usize, at: At) -> SyntaxMistake {
    // The error is at the `*` of the alias, or behind it.
    let rest = text.get(offset..).unwrap_or_default().trim_start_matches('*');
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(LONGEST_LINE)
        .collect();
    syntax(
        at,
        format!("unknown anchor `{}`", short(&name)),
        format!("mark a value with `&{}` before this line", short(&name)),
    )
}

/// Finds a key without a blank after its colon, such as `defaultAction:Deny`.
fn missing_blank(line: Line<'_>, at: At) -> Option<SyntaxMistake> {
    let content = line.text.trim_start_matches([' ', '-']);
    let key = content.find(|c: char| !c.is_ascii_alphanumeric())?;
    let value = content[key..].strip_prefix(':')?;
    let is_joined = value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '['));
    if key == 0 || !is_joined {
        return None;
    }
    let indent = line.text.len() - content.len();
    let help = format!("write `{}: {}`", &content[..key], short(value.trim_end()));
    let message = "a blank is missing after the colon".to_owned();
    Some(syntax(place(at, line, indent + key, 1), message, help))
}

/// Finds a key without a colon, such as `defaultAction Deny`.
fn missing_colon(line: Line<'_>, at: At) -> Option<SyntaxMistake> {
    let content = line.text.trim_start_matches([' ', '-']);
    let (key, value) = content.split_once(' ')?;
    if content.contains(':') || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let indent = line.text.len() - content.len();
    let help = format!("write `{key}: {}`", short(value.trim()));
    let message = "a colon is missing after the key".to_owned();
    Some(syntax(place(at, line, indent, narrow(key.len())), message, help))
}

/// Finds the quote that opens the text in which the error is.
fn open_quote(text: &str, offset: usize, at: At) -> Option<SyntaxMistake> {
    let mut line = line_at(text, offset, at.line)?;
    for _ in 0..LONGEST_LINE {
        if let Some(quote) = odd_quote(line.text) {
            let sign = &line.text[quote..=quote];
            let message = format!("the quote {sign} is not closed on its line");
            return Some(syntax(
                place(at, line, quote, 1),
                message,
                format!("close the text with {sign}"),
            ));
        }
        line = before(text, line)?;
    }
    None
}

/// Returns the place of a quote that a line opens and does not close.
fn odd_quote(line: &str) -> Option<usize> {
    let mut open: Option<(usize, u8)> = None;
    for (index, byte) in line.bytes().enumerate() {
        match (open, byte) {
            (None, b'#') => return None,
            (None, b'"' | b'\'') => open = Some((index, byte)),
            (Some((_, quote)), byte) if quote == byte => open = None,
            _ => {}
        }
    }
    open.map(|(index, _)| index)
}

/// Finds the last bracket before the error that is not closed.
fn open_bracket(text: &str, offset: usize, at: At) -> Option<SyntaxMistake> {
    let mut line = line_at(text, offset, at.line)?;
    let from = offset.saturating_sub(MOST_BEFORE);
    let mut closed = 0;
    loop {
        // Only the part before the error counts on its own line.
        let end = (offset - line.start.min(offset)).min(line.text.len());
        let part = line.text.get(..end).unwrap_or(line.text);
        for (index, byte) in part.bytes().enumerate().rev() {
            match byte {
                b']' | b'}' => closed += 1,
                b'[' | b'{' if closed > 0 => closed -= 1,
                b'[' | b'{' => {
                    let close = if byte == b'[' { ']' } else { '}' };
                    let sign = char::from(byte);
                    let message = format!("the bracket `{sign}` is not closed");
                    let help = format!("close it with `{close}`, and separate the entries with commas");
                    return Some(syntax(place(at, line, index, 1), message, help));
                }
                _ => {}
            }
        }
        line = before(text, line)?;
        if line.start < from {
            return None;
        }
    }
}

/// Finds a line whose indentation differs from that of the key above.
fn indentation(text: &str, line: Line<'_>, at: At) -> Option<SyntaxMistake> {
    let own = line.text.len() - line.text.trim_start_matches(' ').len();
    let mut above = before(text, line)?;
    while above.text.trim().is_empty() || above.text.trim_start().starts_with('#') {
        above = before(text, above)?;
    }
    // The key of a list entry begins after the hyphen.
    let key = above.text.len() - above.text.trim_start_matches([' ', '-']).len();
    let is_near = own.abs_diff(key) <= 2 && own != key && !above.text.trim_end().ends_with(':');
    if !is_near {
        return None;
    }
    let message = format!("this line is indented by {own}, and the key above it by {key}");
    let help = format!("indent it by {key}, if it belongs to the same mapping");
    Some(syntax(place(at, line, own, 0), message, help))
}

fn syntax(at: At, message: String, help: String) -> SyntaxMistake {
    let code = DiagnosticCode::YamlSyntax;
    SyntaxMistake {
        at,
        code,
        message,
        help,
    }
}

/// Returns the place of `len` bytes of a line.
fn place(at: At, line: Line<'_>, index: usize, len: u32) -> At {
    let before = line.text.get(..index).unwrap_or_default();
    At {
        line: line.number,
        column: narrow(before.chars().count() + 1),
        offset: narrow(line.start + index),
        len,
        ..at
    }
}

/// Returns the line that holds the byte `offset`; `None` for a line that is too long to look at.
fn line_at(text: &str, offset: usize, number: u32) -> Option<Line<'_>> {
    let start = match text.get(..offset)?.rfind('\n') {
        Some(line_break) => line_break + 1,
        None => 0,
    };
    let rest = &text.as_bytes()[start..];
    let end = rest
        .iter()
        .take(LONGEST_LINE)
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    if end > LONGEST_LINE {
        return None;
    }
    let text = text.get(start..start + end)?.trim_end_matches('\r');
    Some(Line { text, start, number })
}

fn before<'a>(text: &'a str, line: Line<'_>) -> Option<Line<'a>> {
    line_at(text, line.start.checked_sub(1)?, line.number.checked_sub(1)?)
}

fn after<'a>(text: &'a str, line: Line<'_>) -> Option<Line<'a>> {
    let next = text.get(line.start..)?.find('\n')? + line.start + 1;
    line_at(text, next, line.number + 1)
}
