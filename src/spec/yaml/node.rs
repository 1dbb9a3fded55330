//! A YAML document as a tree in which every value knows its place.

/// A place in one of the files being loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    /// Index into [`crate::spec::load::files::FileTexts`].
    pub file: u32,
    /// Counts from 1.
    pub line: u32,
    /// Counts characters from 1.
    pub column: u32,
    /// Bytes before it.
    pub offset: u32,
    /// Bytes that it takes on its first line; 0 for lists and mappings.
    pub len: u32,
}

/// A value and where it is written. What comes through an alias keeps the place of its definition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct YamlNode {
    pub at: At,
    pub value: YamlValue,
}

/// Values of YAML's core schema (YAML 1.2.2 §10.3), where `yes` and `on` are texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum YamlValue {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no `i64`; no key takes one, so its value is not kept.
    Number,
    Text(Box<str>),
    List(Vec<YamlNode>),
    /// Keys are texts, each once.
    Map(Vec<(YamlNode, YamlNode)>),
}

impl YamlNode {
    /// How the value is called in messages.
    pub(crate) fn noun(&self) -> String {
        match &self.value {
            YamlValue::Null => "nothing".into(),
            YamlValue::Bool(value) => format!("`{value}`"),
            YamlValue::Int(value) => format!("the number `{value}`"),
            YamlValue::Number => "a number".into(),
            YamlValue::Text(text) => format!("the text `{}`", short(text)),
            YamlValue::List(_) => "a list".into(),
            YamlValue::Map(_) => "a mapping".into(),
        }
    }

    /// The text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The keys of the mapping under `key`.
    pub(crate) fn names_under(&self, key: &str) -> Vec<String> {
        let YamlValue::Map(entries) = &self.value else {
            return Vec::new();
        };
        let found = entries.iter().find(|(name, _)| name.text() == Some(key));
        match found.map(|(_, value)| &value.value) {
            Some(YamlValue::Map(inner)) => inner
                .iter()
                .filter_map(|(name, _)| name.text())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The start of a text, for messages.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads a plain scalar as YAML's core schema does.
pub(crate) fn plain(text: &str) -> YamlValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => YamlValue::Null,
        "true" | "True" | "TRUE" => YamlValue::Bool(true),
        "false" | "False" | "FALSE" => YamlValue::Bool(false),
        _ if is_int(text) => int(text),
        _ if is_float(text) => float(text),
        _ => YamlValue::Text(text.into()),
    }
}

fn is_int(text: &str) -> bool {
    let digits = |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return digits(hex, 16);
    }
    digits(text.strip_prefix(['-', '+']).unwrap_or(text), 10)
}

fn int(text: &str) -> YamlValue {
    let parsed = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => i64::from_str_radix(octal, 8),
        (_, Some(hex)) => i64::from_str_radix(hex, 16),
        _ => text.parse(),
    };
    parsed.map_or(YamlValue::Number, YamlValue::Int)
}

/// JSON Schema takes `1.0` for a whole number (draft-07 validation §6.1.1), so the loader does too.
fn float(text: &str) -> YamlValue {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match text.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() <= EXACT => YamlValue::Int(value as i64),
        _ => YamlValue::Number,
    }
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, and the infinities.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some = !whole.is_empty() || !fraction.is_empty();
    some && !exponent.is_empty() && digits(whole) && digits(fraction) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let text = |text: &str| YamlValue::Text(text.into());
        let rows = [
            ("", YamlValue::Null),
            ("~", YamlValue::Null),
            ("True", YamlValue::Bool(true)),
            ("yes", text("yes")),
            ("no", text("no")),
            ("1", YamlValue::Int(1)),
            ("-7", YamlValue::Int(-7)),
            ("0x1F", YamlValue::Int(31)),
            ("0o17", YamlValue::Int(15)),
            ("99999999999999999999", YamlValue::Number),
            ("1.5", YamlValue::Number),
            ("1.0", YamlValue::Int(1)),
            ("1e3", YamlValue::Int(1000)),
            (".inf", YamlValue::Number),
            (".5e-3", YamlValue::Number),
            ("-.inf", YamlValue::Number),
            ("1e", text("1e")),
            ("e5", text("e5")),
            (".", text(".")),
            ("-", text("-")),
            ("203.0.113.0", text("203.0.113.0")),
            ("2027-03-31", text("2027-03-31")),
        ];
        for (input, kind) in rows {
            assert_eq!(plain(input), kind, "{input}");
        }
    }
}
