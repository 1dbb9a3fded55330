//! The canonical layout of a spec: indentation, spaces and line breaks.
//!
//! A formatter of YAML prints the text anew. It is believed only if everything that has a meaning, or a reader, is still
//! there: the values with their order, the comments, the anchors and the quotes.

use std::collections::BTreeMap;

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, LineBreak};
use serde_saphyr::granit_parser::{self, Event, Parser};

use super::yaml::error::DEEPEST;
use super::yaml::node::{YamlNode, YamlValue};
use super::yaml::place::At;
use super::yaml::{self};

/// Width of a line, in characters. A flow list or mapping that is longer is broken.
pub(crate) const WIDTH: usize = 120;
/// Most times that a text is printed until it stays as it is.
const MOST_PASSES: usize = 4;

/// The reason why a text has no canonical layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The text is not a YAML document.
    #[error("it is not one document of YAML")]
    NotYaml,
    /// The printed text would not mean the same, or would change again.
    #[error("its layout cannot be changed without changing more than that")]
    Unsafe,
}

/// What must stay when a text is laid out.
#[derive(PartialEq)]
struct Kept {
    comments: Vec<String>,
    /// Anchors and aliases, in the order of the text.
    anchors: Vec<usize>,
}

/// Returns the canonical layout of a file.
///
/// # Errors
/// [`LayoutError`] if the file is not YAML, or cannot be laid out without a change of its content.
pub fn formatted(file: &[u8]) -> Result<String, LayoutError> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|_| LayoutError::NotYaml)?;
    let (tree, kept) = (tree(text)?, kept(text)?);
    let mut last = text.to_owned();
    for _ in 0..MOST_PASSES {
        let next = printed(&last)?;
        // A text that changes what it says is never returned, whatever the formatter did.
        if !same(&tree, &self::tree(&next)?) || self::kept(&next)? != kept {
            return Err(LayoutError::Unsafe);
        }
        if next == last {
            return Ok(next);
        }
        last = next;
    }
    Err(LayoutError::Unsafe)
}

/// Prints a text once, with the quotes that it has.
fn printed(text: &str) -> Result<String, LayoutError> {
    let line_break = match text.contains("\r\n") {
        true => LineBreak::Crlf,
        false => LineBreak::Lf,
    };
    let options = FormatOptions {
        layout: LayoutOptions {
            print_width: WIDTH,
            line_break,
            ..LayoutOptions::default()
        },
        language: LanguageOptions {
            brace_spacing: false,
            trailing_comma: false,
            ..LanguageOptions::default()
        },
    };
    let printed = pretty_yaml::format_text(text, &options).map_err(|_| LayoutError::NotYaml)?;
    let mut quotes = BTreeMap::new();
    requote(text, &tree(text)?, &printed, &tree(&printed)?, &mut quotes);
    Ok(replaced(&printed, &quotes))
}

/// Parses a text into a tree without errors.
fn tree(text: &str) -> Result<YamlNode, LayoutError> {
    let parsed = yaml::parse(text, 0);
    match parsed.root {
        Some(root) if parsed.errors.list.is_empty() => Ok(root),
        _ => Err(LayoutError::NotYaml),
    }
}

/// Collects the comments and anchors of a text.
fn kept(text: &str) -> Result<Kept, LayoutError> {
    let options = granit_parser::options! {
        emit_comments: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let (mut comments, mut anchors) = (Vec::new(), Vec::new());
    for event in Parser::new_from_str_with_options(text, options) {
        match event.map_err(|_| LayoutError::NotYaml)?.0 {
            Event::Comment(comment, _) => comments.push(comment.trim_end().to_owned()),
            Event::Alias(anchor) => anchors.push(anchor),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor > 0 =>
            {
                anchors.push(anchor);
            }
            _ => {}
        }
    }
    Ok(Kept { comments, anchors })
}

/// Returns true if two trees have the same values in the same order.
fn same(a: &YamlNode, b: &YamlNode) -> bool {
    match (&a.value, &b.value) {
        (YamlValue::List(a), YamlValue::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (YamlValue::Map(a), YamlValue::Map(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
        }
        (a, b) => a == b,
    }
}

/// Finds the scalars whose quotes the formatter has changed: the place in the printed text, and the old scalar.
fn requote<'t>(
    text: &'t str,
    old: &YamlNode,
    printed: &str,
    new: &YamlNode,
    quotes: &mut BTreeMap<usize, (usize, &'t str)>,
) {
    match (&old.value, &new.value) {
        (YamlValue::List(old), YamlValue::List(new)) => {
            for (old, new) in old.iter().zip(new) {
                requote(text, old, printed, new, quotes);
            }
        }
        (YamlValue::Map(old), YamlValue::Map(new)) => {
            for (old, new) in old.iter().zip(new) {
                requote(text, &old.0, printed, &new.0, quotes);
                requote(text, &old.1, printed, &new.1, quotes);
            }
        }
        _ => {
            if let (Some(before), Some(after)) = (quoted(text, old.at), quoted(printed, new.at))
                && before[..1] != after[..1]
            {
                quotes.insert(new.at.offset as usize, (after.len(), before));
            }
        }
    }
}

/// Returns the scalar at a place, if it is on one line and in quotes.
fn quoted(text: &str, at: At) -> Option<&str> {
    let start = at.offset as usize;
    let scalar = text.get(start..start + at.len as usize)?;
    (scalar.len() > 1 && scalar.starts_with(['"', '\''])).then_some(scalar)
}

/// Puts the old scalars in the places of the printed ones.
fn replaced(printed: &str, quotes: &BTreeMap<usize, (usize, &str)>) -> String {
    let mut text = String::with_capacity(printed.len());
    let mut rest = 0;
    for (start, (len, scalar)) in quotes {
        text += &printed[rest..*start];
        text += scalar;
        rest = start + len;
    }
    text + &printed[rest..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_changes_and_nothing_else() {
        let text = "# top\nversion:   1\nnetworks:\n    b: [ 203.0.113.0/24,198.51.100.7 ]   # why\n    a: {cidrs: ['192.0.2.7'],   reason: \"x\"}\n\n\n\n\nregistries:\n- id: &id '/x'\n  ipRules: [b , a]\n- id: *id\n";
        let want = "# top\nversion: 1\nnetworks:\n  b: [203.0.113.0/24, 198.51.100.7] # why\n  a: {cidrs: ['192.0.2.7'], reason: \"x\"}\n\nregistries:\n  - id: &id '/x'\n    ipRules: [b, a]\n  - id: *id\n";
        assert_eq!(formatted(text.as_bytes()).as_deref(), Ok(want));
        assert_eq!(formatted(want.as_bytes()).as_deref(), Ok(want));
        let windows = [b"\xef\xbb\xbf", text.replace('\n', "\r\n").as_bytes()].concat();
        assert_eq!(formatted(&windows), Ok(want.replace('\n', "\r\n")));
    }

    #[test]
    fn text_that_is_not_yaml_is_refused() {
        for text in [
            &b"a: [1"[..],
            b"a: 1\n---\nb: 2\n",
            b"",
            b"# only\n",
            b"a: \xff",
            b"a: 1\na: 2\n",
        ] {
            assert_eq!(formatted(text), Err(LayoutError::NotYaml), "{text:?}");
        }
    }
}
