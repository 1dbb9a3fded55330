//! Reading the JSON of a state, each mistake with its place.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::sandbox::forms::normalize;

/// A `T` from an object only: serde would also take a list of its fields.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A list of objects.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(inner)| inner).collect())
}

/// A resource that is checked while its place in the file is still known.
struct CheckedResource(Value);

impl<'de> Deserialize<'de> for CheckedResource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let resource = Value::deserialize(deserializer)?;
        normalize::checked(resource)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// Resources that are resources, each with an id of its own.
pub(crate) fn checked_resources<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Value>, D::Error> {
    let resources = Vec::<CheckedResource>::deserialize(deserializer)?;
    let mut keys = BTreeSet::new();
    for CheckedResource(resource) in &resources {
        let id = crate::sandbox::protocol::json::id(resource);
        if !keys.insert(id.to_ascii_lowercase()) {
            return Err(serde::de::Error::custom(format!(
                "two resources have the id `{id}`"
            )));
        }
    }
    Ok(resources
        .into_iter()
        .map(|CheckedResource(resource)| resource)
        .collect())
}
