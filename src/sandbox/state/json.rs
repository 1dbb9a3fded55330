//! Readers of a state's JSON that report each error with its line and column.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::sandbox::forms::normalize;
use crate::sandbox::protocol::json::id;

/// A `T` that is read from an object only. serde would accept a list of its fields too.
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

/// Reads a list of objects.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(inner)| inner).collect())
}

/// A resource that is checked while it is read, so that an error has its line and column.
struct CheckedResource(Value);

impl<'de> Deserialize<'de> for CheckedResource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let resource = Value::deserialize(deserializer)?;
        let checked = normalize::checked(resource);
        checked.map(Self).map_err(serde::de::Error::custom)
    }
}

/// Reads resources, each checked and with an id of its own.
pub(crate) fn checked_resources<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Value>, D::Error> {
    let mut resources = Vec::new();
    let mut keys = BTreeSet::new();
    for CheckedResource(resource) in Vec::deserialize(deserializer)? {
        // Two resources of one id would overwrite each other.
        let id = id(&resource);
        if !keys.insert(id.to_ascii_lowercase()) {
            return Err(serde::de::Error::custom(format!(
                "two resources have the id `{id}`"
            )));
        }
        resources.push(resource);
    }
    Ok(resources)
}
