//! JSON in which every key means one thing.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::Error;

/// Values in one document. A plan of 1,000 registries with 100 new rules each has about a million; each costs up to a
/// hundred bytes of memory.
const MOST_VALUES: usize = 4_000_000;

/// Keys in one object. The longest is one of a plan, by the subnets of a registry, which are a hundred at most.
const MOST_KEYS: usize = 100_000;

/// The byte order marks of UTF-8 and UTF-16. PowerShell redirects output with one of them.
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// Reads a document, and refuses one whose objects have a key twice: parsers disagree on which of the two counts, so
/// what a reviewer saw need not be what is applied. The error names line and column.
pub fn strict_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    check_keys(bytes)?;
    serde_json::from_slice(bytes)
}

/// Checks the keys of a document as [`strict_json`] does, without reading it.
pub fn check_keys(bytes: &[u8]) -> Result<(), Error> {
    if MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(Error::custom(
            "it starts with a byte order mark, as if a shell had written it: use -o json=FILE",
        ));
    }
    // Visit every value once; the parser itself bounds the depth.
    let left = Cell::new(MOST_VALUES);
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    Strict(&left).deserialize(&mut parser)?;
    parser.end()
}

/// Visits a value without keeping it; holds how many more there may be.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0
            .set(left.ok_or_else(|| D::Error::custom(format!("more than {MOST_VALUES} values")))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
            if seen.len() == MOST_KEYS {
                return Err(A::Error::custom(format!(
                    "more than {MOST_KEYS} keys in an object"
                )));
            }
            seen.insert(key);
            object.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn duplicate_keys_are_errors_with_their_place() {
        let rows = [
            (r#"{"a": 1, "b": {"a": 1.5e3}}"#, None),
            (r#"[null, true, -1, "x", [{}], 12345678901234567890123]"#, None),
            (
                "{\"a\": 1,\n \"a\": 1}",
                Some("the key `a` is there twice at line 2 column 4"),
            ),
            (
                r#"[{"x": {"k": 1, "\u006b": 2}}]"#,
                Some("the key `k` is there twice at line 1 column 24"),
            ),
            ("{} {}", Some("trailing characters at line 1 column 4")),
            (
                "\u{feff}{}",
                Some("it starts with a byte order mark, as if a shell had written it: use -o json=FILE"),
            ),
        ];
        for (text, want) in rows {
            let error = strict_json::<Value>(text.as_bytes())
                .err()
                .map(|error| error.to_string());
            assert_eq!(error.as_deref(), want, "{text}");
        }
        assert_eq!(
            strict_json::<Value>(rows[1].0.as_bytes()).unwrap(),
            serde_json::from_str::<Value>(rows[1].0).unwrap()
        );
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = "[".repeat(100_000);
        assert!(
            strict_json::<Value>(deep.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("recursion limit")
        );
        let huge = format!("[{}0]", "0,".repeat(MOST_VALUES));
        let error = strict_json::<Value>(huge.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("more than 4000000 values"), "{error}");
        let keys: Vec<String> = (0..=MOST_KEYS).map(|n| format!("\"{n}\":0")).collect();
        let error = strict_json::<Value>(format!("{{{}}}", keys.join(",")).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("more than 100000 keys in an object"), "{error}");
        assert!(strict_json::<Value>(b"\"\xff\"").is_err());
    }
}
