//! JSON of an answer while it is parsed. Its texts stay where they are, so it is made in a quarter of the time that
//! [`Value`] takes, which matters for the lists of a fleet.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// A JSON value that borrows its texts.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::live) enum JsonTree<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    /// The entries in their order. Of several with the same key, the last one counts, as for [`Value`].
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl JsonTree<'_> {
    /// Returns the value of `key`; `None` if it is missing or this is not an object.
    pub(in crate::live) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        let found = entries.iter().rev().find(|(known, _)| known == key);
        found.map(|(_, value)| value)
    }

    /// Returns the value at the end of a path of keys; `None` if one of them is missing.
    pub(in crate::live) fn find(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// Returns the value of `key` to change it.
    pub(in crate::live) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Object(entries) = self else { return None };
        let found = entries.iter_mut().rev().find(|(known, _)| known == key);
        found.map(|(_, value)| value)
    }

    /// Removes every value of `key`.
    pub(in crate::live) fn remove(&mut self, key: &str) {
        if let Self::Object(entries) = self {
            entries.retain(|(known, _)| known != key);
        }
    }

    pub(in crate::live) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(in crate::live) fn is_null(&self) -> bool {
        *self == Self::Null
    }
}

impl<'a> From<&'a Value> for JsonTree<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.len());
                for (key, value) in object {
                    entries.push((Cow::Borrowed(key.as_str()), Self::from(value)));
                }
                Self::Object(entries)
            }
        }
    }
}

/// The key under which serde_json passes a number with a fraction, or one that is too large for an integer, without losing a digit
/// (feature `arbitrary_precision`).
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for JsonTree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

/// A text that is borrowed where it has no escapes.
struct BorrowedText<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for BorrowedText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The key of a number is read by this visitor too, which rules out a derived one.
        match deserializer.deserialize_str(TreeVisitor)? {
            JsonTree::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a text was expected")),
        }
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = JsonTree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(JsonTree::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(JsonTree::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(JsonTree::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(JsonTree::Number(number.into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonTree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonTree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(JsonTree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(BorrowedText(key)) = map.next_key()? {
            if key == NUMBER && entries.is_empty() {
                let BorrowedText(digits) = map.next_value()?;
                return digits.parse().map(JsonTree::Number).map_err(A::Error::custom);
            }
            entries.push((key, map.next_value()?));
        }
        Ok(JsonTree::Object(entries))
    }
}

impl Serialize for JsonTree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl fmt::Display for JsonTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys are texts, so nothing in a tree cannot be written.
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of JSON as ARM may send it, and as it does not.
    const TEXTS: [&str; 20] = [
        "null",
        "7",
        "-7",
        "-0",
        "18446744073709551616",
        " true ",
        "1.10",
        "-1e400",
        "123456789012345678901234567890",
        r#""plain""#,
        r#""\u00e9\"\ud83d\ude00""#,
        "[]",
        r#"[1, [null, {"a": 2.50}]]"#,
        "{}",
        r#"{"z": 1, "a": {"b": [false]}, "": "c", "\n": 0}"#,
        r#"{"a": 1, "b": 2, "a": {"c": 3}}"#,
        r#""\ud800""#,
        r#"{"a": "\x"}"#,
        "[1,]",
        r#"{"a": 1} 2"#,
    ];

    fn nested_lists(depth: usize) -> String {
        "[".repeat(depth) + &"]".repeat(depth)
    }

    #[test]
    fn tree_is_read_and_refused_as_a_value_is() {
        let (deepest, too_deep) = (nested_lists(127), nested_lists(128));
        for text in TEXTS.into_iter().chain([&*deepest, &*too_deep]) {
            let tree: Result<JsonTree<'_>, _> = serde_json::from_str(text);
            let value: Result<Value, _> = serde_json::from_str(text);
            match (tree, value) {
                (Ok(tree), Ok(value)) => {
                    let again: Value = serde_json::from_str(&tree.to_string()).unwrap();
                    assert_eq!(again, value, "{text}");
                    let of_value = JsonTree::from(&value);
                    assert_eq!(of_value.to_string(), value.to_string(), "{text}");
                    assert_eq!(tree.get("a"), of_value.get("a"), "{text}");
                }
                (Err(tree), Err(value)) => assert_eq!(tree.to_string(), value.to_string(), "{text}"),
                (tree, value) => panic!("{text}: {tree:?} {value:?}"),
            }
        }
    }
}
