//! Entries to be written, in the style of their neighbours.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::lines::WIDTH;
use super::source_tree::{Quotes, SourceContent, SourceNode};
use crate::model::acts_unseen;
use crate::spec::yaml;
use crate::spec::yaml::node::YamlValue;

/// An entry of `ipRules` or `subnets`, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewItem {
    /// A range, a resource id or a name.
    pub text: String,
    /// Keys beside `cidr`. Without any, the entry is the text alone.
    pub info: Vec<(&'static str, String)>,
}

/// The key of the range in an entry with information.
pub(super) const RANGE_KEY: &str = "cidr";

/// The style of the entries of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ItemStyle {
    quotes: Quotes,
    /// The quotes of keys.
    keys: Quotes,
    /// True for `{ cidr: … }`.
    has_blanks: bool,
    /// True if mappings have a line for each key.
    has_blocks: bool,
}

impl ItemStyle {
    /// Returns the style of a text, where no entry shows one. JSON has double quotes only.
    pub(super) fn of_text(text: &str) -> Self {
        let quotes = match is_json(text.as_bytes()) {
            true => Quotes::Double,
            false => Quotes::None,
        };
        Self {
            quotes,
            keys: quotes,
            ..Self::default()
        }
    }

    /// Returns the style of entries, in a text of this style. The last one of each kind decides.
    pub(super) fn of(self, text: &str, items: &[SourceNode]) -> Self {
        let mut style = self;
        for item in items {
            match &item.content {
                SourceContent::Scalar { quotes, .. } => style.quotes = *quotes,
                SourceContent::Map { is_flow, .. } => {
                    style = style.inside(item);
                    style.has_blocks = !is_flow;
                    style.has_blanks = text[item.bytes.clone()].starts_with("{ ");
                }
                _ => {}
            }
        }
        // Without a plain text, the ranges of mappings decide.
        if !items.iter().any(|item| item.text().is_some())
            && let Some((_, range)) = items.last().and_then(|item| item.entry(RANGE_KEY))
            && let SourceContent::Scalar { quotes, .. } = range.content
        {
            style.quotes = quotes;
        }
        style
    }

    /// Returns the style with the quotes that the keys of a mapping have.
    pub(super) fn inside(self, map: &SourceNode) -> Self {
        let key = map.entries().and_then(<[_]>::last).map(|(key, _)| &key.content);
        match key {
            Some(SourceContent::Scalar { quotes, .. }) => Self {
                keys: *quotes,
                ..self
            },
            _ => self,
        }
    }

    /// Returns a key as it is written.
    pub(super) fn key(self, key: &str) -> String {
        quoted(key, self.keys)
    }

    /// Returns a key and its text.
    pub(super) fn pair(self, key: &str, value: &str) -> String {
        format!("{}: {}", self.key(key), quoted(value, self.quotes))
    }
}

/// Returns true for a document of JSON.
pub fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

impl NewItem {
    /// Returns the entry on one line.
    pub(super) fn flow(&self, style: ItemStyle) -> String {
        let text = quoted(&self.text, style.quotes);
        if self.info.is_empty() {
            return text;
        }
        self.mapping(&text, style)
    }

    /// Returns the mapping of a range as it is written, and the information about it.
    pub(super) fn mapping(&self, range: &str, style: ItemStyle) -> String {
        let mut pairs = format!("{}: {range}", style.key(RANGE_KEY));
        for (key, value) in &self.info {
            pairs += &format!(", {}", style.pair(key, value));
        }
        match style.has_blanks {
            true => format!("{{ {pairs} }}"),
            false => format!("{{{pairs}}}"),
        }
    }

    /// Returns the lines of the entry in a block list. `lead` is the beginning of its first line, with the hyphen.
    pub(super) fn block(&self, style: ItemStyle, lead: &str, line_break: &str) -> String {
        let flow = self.flow(style);
        let fits = lead.len() + flow.len() <= WIDTH;
        if self.info.is_empty() || (fits && !style.has_blocks) {
            return format!("{lead}{flow}{line_break}");
        }
        let mut lines = format!("{lead}{}{line_break}", style.pair(RANGE_KEY, &self.text));
        for (key, value) in &self.info {
            let pair = style.pair(key, value);
            lines += &format!("{}{pair}{line_break}", " ".repeat(lead.len()));
        }
        lines
    }
}

/// Returns a text as a scalar of YAML, in these quotes if they can hold it.
pub(super) fn quoted(text: &str, quotes: Quotes) -> String {
    let first = match quotes {
        Quotes::None => text.to_owned(),
        Quotes::Single => format!("'{}'", text.replace('\'', "''")),
        Quotes::Double => double_quoted(text),
    };
    if is_written(&first, text) && !text.contains(acts_unseen) {
        first
    } else {
        double_quoted(text)
    }
}

/// Returns a text in double quotes. Every string of JSON is one of YAML (YAML 1.2.2 §1.2). Characters that a reader of the file
/// would not see are escaped.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        let _ = match (acts_unseen(c), u32::from(c)) {
            (false, _) => write!(quoted, "{c}"),
            (true, code @ ..=0xffff) => write!(quoted, "\\u{code:04x}"),
            (true, code) => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted
}

/// Returns true if a scalar means this text, in a list and in a mapping.
fn is_written(scalar: &str, text: &str) -> bool {
    let parsed = yaml::parse(&format!("[{{k: {scalar}}}]"), 0);
    let Some(root) = parsed.root.filter(|_| parsed.errors.list.is_empty()) else {
        return false;
    };
    let YamlValue::List(items) = root.value else {
        return false;
    };
    let [item] = &items[..] else { return false };
    match &item.value {
        YamlValue::Map(entries) => match &entries[..] {
            [(_, value)] => value.text() == Some(text),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_get_the_quotes_that_they_need() {
        let rows = [
            ("192.0.2.7", Quotes::None, "192.0.2.7"),
            ("192.0.2.7", Quotes::Single, "'192.0.2.7'"),
            ("2027-03-31", Quotes::Double, "\"2027-03-31\""),
            ("build agents", Quotes::None, "build agents"),
            ("a: b", Quotes::None, "\"a: b\""),
            ("a, b]", Quotes::None, "\"a, b]\""),
            ("lab #7", Quotes::None, "\"lab #7\""),
            ("true", Quotes::None, "\"true\""),
            ("7", Quotes::None, "\"7\""),
            ("", Quotes::None, "\"\""),
            (" x", Quotes::None, "\" x\""),
            ("*x", Quotes::None, "\"*x\""),
            ("it's", Quotes::Single, "'it''s'"),
            ("it's", Quotes::None, "it's"),
            ("a\nb", Quotes::Single, "\"a\\nb\""),
            ("\u{1b}[31m", Quotes::None, "\"\\u001b[31m\""),
            ("a, k: b", Quotes::None, "\"a, k: b\""),
            ("a\u{202e}b", Quotes::Single, "\"a\\u202eb\""),
            ("a\u{e0100}b", Quotes::None, "\"a\\U000e0100b\""),
            ("Zürich", Quotes::None, "Zürich"),
        ];
        for (text, quotes, written) in rows {
            assert_eq!(quoted(text, quotes), written);
        }
    }
}
