//! A YAML document as a tree in which every value has a place.

use super::place::At;

/// A value and its place. A value repeated by an alias keeps the place of its definition, beside that of the alias.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct YamlNode {
    pub at: At,
    pub value: YamlValue,
}

/// A value of YAML's core schema (YAML 1.2.2 §10.3), in which `yes` and `on` are strings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum YamlValue {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that does not fit `i64`. No key takes one, so its value is not kept.
    Number,
    Text(Box<str>),
    List(Vec<YamlNode>),
    /// Keys are strings, each once.
    Map(Vec<(YamlNode, YamlNode)>),
}

impl YamlNode {
    /// Describes the value for a message, such as `` the string `x` ``.
    pub(crate) fn noun(&self) -> String {
        match &self.value {
            YamlValue::Null => "nothing".into(),
            YamlValue::Bool(value) => format!("`{value}`"),
            YamlValue::Int(value) => format!("the number `{value}`"),
            YamlValue::Number => "a number".into(),
            YamlValue::Text(text) => format!("the string `{}`", short(text)),
            YamlValue::List(_) => "a list".into(),
            YamlValue::Map(_) => "a mapping".into(),
        }
    }

    /// Returns the text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the keys of the mapping under `key`.
    pub(crate) fn names_under(&self, key: &str) -> Vec<String> {
        let mut names = Vec::new();
        let YamlValue::Map(entries) = &self.value else {
            return names;
        };
        // Keys are unique, so at most one entry matches.
        for (name, value) in entries {
            if let (Some(text), YamlValue::Map(inner)) = (name.text(), &value.value)
                && text == key
            {
                names.extend(
                    inner
                        .iter()
                        .filter_map(|(name, _)| name.text().map(str::to_owned)),
                );
            }
        }
        names
    }
}

/// Longest text that a message repeats, in characters.
const LONGEST_SHOWN: usize = 80;

/// Cuts a text for a message.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
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
        // The order matters: every integer also has the form of a float.
        _ if is_int(text) => int(text),
        _ if is_float(text) => float(text),
        _ => YamlValue::Text(text.into()),
    }
}

fn is_int(text: &str) -> bool {
    if let Some(octal) = text.strip_prefix("0o") {
        return all_digits(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return all_digits(hex, 16);
    }
    all_digits(text.strip_prefix(['-', '+']).unwrap_or(text), 10)
}

fn all_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

fn int(text: &str) -> YamlValue {
    let parsed = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => i64::from_str_radix(octal, 8),
        (_, Some(hex)) => i64::from_str_radix(hex, 16),
        _ => text.parse(),
    };
    match parsed {
        Ok(value) => YamlValue::Int(value),
        Err(_) => YamlValue::Number,
    }
}

/// Reads a float. A whole one becomes an integer, because JSON Schema accepts `1.0` as an integer (draft-07 validation
/// §6.1.1).
fn float(text: &str) -> YamlValue {
    // Every whole number up to 2^53 is exact in an `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match text.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() <= EXACT => YamlValue::Int(value as i64),
        _ => YamlValue::Number,
    }
}

/// Matches `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, the infinities and NaN.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    // An infinity may have a sign, NaN may not.
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    // One side of the point may be empty, but not both.
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    has_digit && only_digits(whole) && only_digits(fraction) && all_digits(exponent, 10)
}

fn only_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> YamlValue {
        YamlValue::Text(text.into())
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
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
        for (input, value) in rows {
            assert_eq!(plain(input), value, "{input}");
        }
    }
}
