//! Makes foreign text safe for a terminal.

use std::fmt::Write as _;

/// Spells out what a terminal would obey or what would reorder the text around it: control characters (escape
/// sequences start with one), bidirectional controls (CVE-2021-42574), line and paragraph separators, and the
/// invisible byte order mark.
pub fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            write!(safe, "\\u{{{:x}}}", u32::from(character)).expect("a String takes any text");
        } else {
            safe.push(character);
        }
    }
    safe
}

/// As [`harmless`], with one `�` for each such character, so that columns stay where they are.
pub(super) fn same_width(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmful(c) { '\u{fffd}' } else { c })
        .collect()
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_bidi_controls_are_spelled_out() {
        assert_eq!(harmless("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(harmless("x\u{202e}y\nz"), "x\\u{202e}y\\u{a}z");
        assert_eq!(harmless("ümlaut 漢字"), "ümlaut 漢字");
        assert_eq!(same_width("a\u{1b}\u{202e}b"), "a\u{fffd}\u{fffd}b");
    }
}
