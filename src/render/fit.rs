//! Text in columns: its width on a terminal, and the places where a line may break.
//!
//! East Asian characters and emoji take two columns. They stand without blanks between them, so a line may break there
//! too, by the rules of Unicode. Everything else breaks at blanks only, so that ids stay whole for copying.

use std::borrow::Cow;

use textwrap::core::Word;
pub(super) use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Narrowest column of text that is worth wrapping, in characters.
pub(super) const NARROWEST: usize = 30;

/// Breaks a line at `width` columns. Lines after the first are indented by `hanging` blanks. A width that is hardly
/// there is not kept.
pub fn wrap(line: &str, width: usize, hanging: usize) -> Vec<String> {
    let blanks = " ".repeat(hanging);
    let options = Options::new(width.max(hanging + NARROWEST))
        .subsequent_indent(&blanks)
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(line, options);
    lines.into_iter().map(Cow::into_owned).collect()
}

/// Fills a text with blanks up to a number of columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(display_width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Returns the part of a line that leaves the last column of a terminal free. A line that fills it may wrap, and would
/// leave remains when it is taken away.
pub(super) fn cut(line: &str, width: usize) -> &str {
    let mut filled = 0;
    for (at, c) in line.char_indices() {
        filled += display_width(c.encode_utf8(&mut [0; 4]));
        if filled >= width {
            return &line[..at];
        }
    }
    line
}

/// Splits a line into the parts that stay whole.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let words = WordSeparator::AsciiSpace.find_words(line);
    if line.is_ascii() {
        return words;
    }
    let (mut parts, mut start) = (Vec::new(), 0);
    for word in words {
        let end = start + word.word.len() + word.whitespace.len();
        parts.extend(split_wide(&line[start..end]));
        start = end;
    }
    Box::new(parts.into_iter())
}

/// Splits a word beside its wide characters, where Unicode allows a break.
fn split_wide(word: &str) -> Vec<Word<'_>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in unicode_linebreak::linebreaks(word) {
        // The last opportunity is the end.
        let is_beside_wide = ends_wide(&word[..at]) || starts_wide(&word[at..]);
        if at == word.len() || is_beside_wide {
            parts.push(Word::from(&word[start..at]));
            start = at;
        }
    }
    parts
}

fn ends_wide(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_wide)
}

fn starts_wide(text: &str) -> bool {
    text.chars().next().is_some_and(is_wide)
}

fn is_wide(c: char) -> bool {
    display_width(c.encode_utf8(&mut [0; 4])) > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_text_breaks_without_blanks() {
        let text = "東京本社".repeat(10);
        let lines = wrap(&format!("+ 192.0.2.7  {text}。"), 40, 2);
        assert_eq!(lines.len(), 3, "{lines:?}");
        for line in &lines {
            assert!(display_width(line) <= 40, "{line}");
        }
        assert!(lines[2].ends_with("社。"), "{lines:?}");
        assert_eq!(wrap(&"🚀".repeat(20), 30, 0), ["🚀".repeat(15), "🚀".repeat(5)]);
    }

    #[test]
    fn ids_stay_whole_beside_wide_text() {
        let id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net";
        let lines = wrap(&format!("東京 {id} 日本語"), 30, 2);
        assert_eq!(lines, ["東京", &format!("  {id}"), "  日本語"]);
        // A break inside of an escape sequence would show its remains.
        let painted = format!("\u{1b}[2m{}\u{1b}[0m", "本".repeat(20));
        assert_eq!(wrap(&painted, 30, 0).concat(), painted);
    }

    #[test]
    fn columns_count_wide_characters_twice() {
        assert_eq!(padded("日本", 6), "日本  ");
        assert_eq!(padded("long", 2), "long");
        assert_eq!((cut("日本", 4), cut("日本", 5)), ("日", "日本"));
    }
}
