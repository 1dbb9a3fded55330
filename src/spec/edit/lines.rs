//! Lines of a text, by the bytes in them.

use std::ops::Range;

use crate::spec::correction::Correction;
use crate::spec::yaml::place::narrow;

/// Width of a line, in bytes. An edit makes no line longer than this if it can break it. `fmt` has the same width.
pub(super) const WIDTH: usize = 120;

/// Returns the first byte of the line that holds `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    match text[..at].rfind('\n') {
        Some(line_break) => line_break + 1,
        None => 0,
    }
}

/// Returns the first byte of the line after the one that holds `at`, or the end of the text.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    match text[at..].find('\n') {
        Some(line_break) => at + line_break + 1,
        None => text.len(),
    }
}

/// Returns the line break of the line that holds `at`; on the last line, that of the first one.
pub(super) fn line_break(text: &str, at: usize) -> &'static str {
    let end = match text[at..].find('\n') {
        Some(end) => at + end,
        None => text.find('\n').unwrap_or_default(),
    };
    if text[..end].ends_with('\r') { "\r\n" } else { "\n" }
}

/// Returns blanks as wide as the part of the line before `at`.
pub(super) fn indent_to(text: &str, at: usize) -> String {
    " ".repeat(text[line_start(text, at)..at].chars().count())
}

/// Returns the blanks at the beginning of the line that holds `at`.
pub(super) fn indentation(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// Returns the number of the line that holds `at`, counted from 1.
pub(super) fn line_number(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Returns the byte at a line and a column, both counted from 1.
pub(super) fn offset_of(text: &str, line: u32, column: u32) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let column = column.checked_sub(1)? as usize;
    let (inside, _) = text[start..].char_indices().nth(column)?;
    Some(start + inside)
}

/// Cuts blanks and line breaks at the end of a range.
pub(super) fn end_of_content(text: &str, bytes: Range<usize>) -> Range<usize> {
    let content = text[bytes.clone()].trim_end();
    bytes.start..bytes.start + content.len()
}

/// Returns the correction that puts `after` in the place of these bytes.
pub(super) fn splice(text: &str, bytes: Range<usize>, after: impl Into<String>) -> Correction {
    Correction {
        line: narrow(line_number(text, bytes.start)),
        offset: bytes.start,
        before: text[bytes].to_owned(),
        after: after.into(),
    }
}

/// Returns the correction that adds whole lines after the line that holds `at`. Each of them ends with a line break.
pub(super) fn insert_lines(text: &str, at: usize, lines: &str) -> Correction {
    let next = next_line(text, at);
    let ends_with_break = text[..next].ends_with('\n');
    // A last line without a line break keeps having none.
    let after = if ends_with_break {
        lines.to_owned()
    } else {
        let line_break = line_break(text, at);
        format!("{line_break}{}", lines.trim_end_matches(['\r', '\n']))
    };
    splice(text, next..next, after)
}

/// Returns the corrections that delete whole lines. Ranges may touch.
pub(super) fn delete_lines(text: &str, mut lines: Vec<Range<usize>>) -> Vec<Correction> {
    lines.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in lines {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    // A text whose last line has no line break keeps having none.
    if let Some(last) = merged.last_mut()
        && last.end == text.len()
        && !text.ends_with('\n')
    {
        last.start = text[..last.start].trim_end_matches(['\r', '\n']).len();
    }
    let mut corrections = Vec::new();
    for range in merged {
        corrections.push(splice(text, range, ""));
    }
    corrections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_the_bytes_in_them() {
        let text = "a\r\n  ä: b\r\nc";
        assert_eq!((line_start(text, 8), next_line(text, 8)), (3, 12));
        assert_eq!((line_break(text, 12), line_break("x", 0)), ("\r\n", "\n"));
        assert_eq!(indent_to(text, 9), "     ");
        assert_eq!((indentation(text, 8), indentation(text, 12)), ("  ", ""));
        assert_eq!(offset_of(text, 2, 6), Some(9));
        assert_eq!((offset_of(text, 9, 1), offset_of(text, 1, 0)), (None, None));
    }
}
