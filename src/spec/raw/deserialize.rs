//! Makes [`YamlNode`] a serde deserializer, and defines [`Spanned`], which keeps the place of a value.
//!
//! The tree was checked against the schema before, so an error here is a defect of this program. It has no place.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::spec::yaml::node::{YamlNode, YamlValue};
use crate::spec::yaml::place::At;

/// A value and its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spanned<T> {
    pub at: At,
    pub value: T,
}

/// A mapping from names to values, in the order of the file. It keeps the place of each name.
#[derive(Clone, Debug)]
pub(crate) struct NameMap<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for NameMap<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The name under which [`Spanned`] asks a [`YamlNode`] for its place.
const SPANNED: &str = "$ringfence::Spanned";
/// The five fields of an [`At`], and the value.
const FIELDS: usize = 7;

impl<'de> Deserializer<'de> for &'de YamlNode {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            YamlValue::Null => visitor.visit_unit(),
            YamlValue::Bool(value) => visitor.visit_bool(*value),
            YamlValue::Int(value) => visitor.visit_i64(*value),
            YamlValue::Number => Err(Error::invalid_type(Unexpected::Other("number"), &visitor)),
            YamlValue::Text(text) => visitor.visit_borrowed_str(text),
            YamlValue::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            YamlValue::Map(entries) => visitor.visit_map(MapDeserializer::new(
                entries.iter().map(|(key, value)| (key, value)),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // Only `Spanned` uses this name. It gets the place, and then the node itself as the value.
        if name == SPANNED {
            visitor.visit_seq(SpannedParts { node: self, next: 0 })
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.text().ok_or_else(|| Error::custom("not a string"))?;
        IntoDeserializer::<Error>::into_deserializer(text).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for &'de YamlNode {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Gives serde the fields of an [`At`], then the value.
struct SpannedParts<'de> {
    node: &'de YamlNode,
    next: usize,
}

impl<'de> SeqAccess<'de> for SpannedParts<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let At {
            file,
            line,
            column,
            offset,
            len,
            alias,
        } = self.node.at;
        // The order is that in `SpannedVisitor`.
        let part = [file, line, column, offset, len, alias].get(self.next).copied();
        self.next += 1;
        match part {
            Some(part) => seed.deserialize(part.into_deserializer()).map(Some),
            None => seed.deserialize(self.node).map(Some),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple_struct(SPANNED, FIELDS, SpannedVisitor(PhantomData))
    }
}

struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value and its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Spanned<T>, A::Error> {
        let at = At {
            file: next(&mut parts, "file")?,
            line: next(&mut parts, "line")?,
            column: next(&mut parts, "column")?,
            offset: next(&mut parts, "offset")?,
            len: next(&mut parts, "len")?,
            alias: next(&mut parts, "alias")?,
        };
        let value = next(&mut parts, "value")?;
        Ok(Spanned { at, value })
    }
}

/// Takes one field from [`SpannedParts`].
fn next<'de, T, A>(parts: &mut A, field: &'static str) -> Result<T, A::Error>
where
    T: Deserialize<'de>,
    A: SeqAccess<'de>,
{
    match parts.next_element()? {
        Some(value) => Ok(value),
        None => Err(A::Error::missing_field(field)),
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NameMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NameMapVisitor(PhantomData))
    }
}

struct NameMapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NameMapVisitor<T> {
    type Value = NameMap<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<NameMap<T>, A::Error> {
        let mut named = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            named.push(entry);
        }
        Ok(NameMap(named))
    }
}
