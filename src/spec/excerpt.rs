//! The line of a file that a diagnostic shows.

/// Longest part of a line that is kept before and after a place, in bytes.
const AROUND: usize = 400;
/// Marks a side on which the line is cut.
const CUT: &str = "…";

/// A line of a file, cut around the place if it is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// Bytes of `text` before the marked part.
    pub start: usize,
    /// Length of the marked part in bytes; 0 for a point.
    pub len: usize,
}

impl serde::Serialize for Excerpt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Excerpt {
    /// Cuts the line around `offset` out of `text` and marks `len` bytes. Reads only the bytes that it may keep,
    /// because a file can be a single line of megabytes.
    pub(crate) fn cut(text: &[u8], offset: usize, len: usize) -> Self {
        let offset = offset.min(text.len());
        // The marked part may reach beyond the line, or beyond what is kept of it.
        let (start, end) = (line_start(text, offset), line_end(text, offset));
        let marked_end = boundary(text, offset + len).clamp(offset, end);

        // A side is cut if the excerpt ends there and the line does not.
        let cut_before = if start > 0 && !is_line_break(text[start - 1]) {
            CUT
        } else {
            ""
        };
        let cut_after = if end < text.len() && !is_line_break(text[end]) {
            CUT
        } else {
            ""
        };
        let before = String::from_utf8_lossy(&text[start..offset]);
        let after = String::from_utf8_lossy(&text[offset..end]);
        Self {
            text: format!("{cut_before}{before}{after}{cut_after}"),
            start: cut_before.len() + before.len(),
            len: String::from_utf8_lossy(&text[offset..marked_end]).len(),
        }
    }
}

/// Returns the first byte of the line at `offset` that is kept.
fn line_start(text: &[u8], offset: usize) -> usize {
    let earliest = offset.saturating_sub(AROUND);
    let mut start = offset;
    while start > earliest && !is_line_break(text[start - 1]) {
        start -= 1;
    }
    boundary(text, start).min(offset)
}

/// Returns the byte after the last one of the line at `offset` that is kept.
fn line_end(text: &[u8], offset: usize) -> usize {
    let latest = (offset + AROUND).min(text.len());
    let mut end = offset;
    while end < latest && !is_line_break(text[end]) {
        end += 1;
    }
    boundary(text, end)
}

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Returns the next index at or after `index` that does not split a UTF-8 character.
fn boundary(text: &[u8], index: usize) -> usize {
    let mut index = index.min(text.len());
    // A character has at most three continuation bytes.
    for _ in 0..3 {
        match text.get(index) {
            Some(byte) if byte & 0b1100_0000 == 0b1000_0000 => index += 1,
            _ => break,
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_is_the_line_with_its_place() {
        let text = b"one\ntwo three\r\nfour";
        let cut = Excerpt::cut(text, 8, 5);
        assert_eq!((cut.text.as_str(), cut.start, cut.len), ("two three", 4, 5));
        let end = Excerpt::cut(text, text.len(), 3);
        assert_eq!((end.text.as_str(), end.start, end.len), ("four", 4, 0));
    }

    #[test]
    fn long_line_is_cut_between_characters() {
        let text = "ä".repeat(1000);
        let cut = Excerpt::cut(text.as_bytes(), 1000, 2);
        assert!(
            cut.text.starts_with("…ä") && cut.text.ends_with("ä…"),
            "{}",
            cut.text
        );
        assert_eq!(&cut.text[cut.start..cut.start + cut.len], "ä");
        assert!(cut.text.len() < 1000);
    }
}
