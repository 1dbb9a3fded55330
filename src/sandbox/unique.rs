//! Whether each object of a JSON text has each key once.
//!
//! Parsers differ on which of two equal keys counts, and nobody has recorded what Azure's do; taking one of them
//! would be a guess.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Begins the error of a key that is there twice; the key follows, then a backtick.
const TWICE: &str = "two values for the key `";

/// The first key that an object of the text has twice. A text that is no JSON has none.
pub(super) fn twice(json: &[u8]) -> Option<String> {
    let error = serde_json::from_slice::<Unique>(json).err()?.to_string();
    let (key, _) = error.strip_prefix(TWICE)?.rsplit_once('`')?;
    Some(key.to_owned())
}

/// Any value, of which only the keys are looked at.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
        while seq.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    /// The values of a key that is there twice are not looked at.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                map.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom(format!("{TWICE}{key}`")));
            }
            map.next_value::<Unique>()?;
            keys.insert(key);
        }
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_twice_is_found_wherever_it_is() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        let rows = [
            (r#"{"a": 1, "a": 1}"#, Some("a")),
            (r#"{"b": [{"c": {"a": 1, "b": 2, "a": {}}}]}"#, Some("a")),
            (r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "A": 1e30}"#, None),
            (
                r#"{"a": [1, -2, 1.5, null, true, "x", 100000000000000000000000000000]}"#,
                None,
            ),
            ("", None),
            ("{", None),
            (r#"{"a": 1, "a""#, None),
            (&deep, None),
        ];
        for (text, want) in rows {
            assert_eq!(twice(text.as_bytes()).as_deref(), want, "{text:.40}");
        }
    }
}
