//! Readers of a state's JSON that report each error with its line and column.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::subscription::Subscription;
use crate::sandbox::forms::stored::relations::{self, Contradiction};
use crate::sandbox::forms::{fold_subnets, normalize, stored};
use crate::sandbox::protocol::json::{id, list};

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

/// Reads a list, each element by `read`, which gets its position and returns the reason of a refusal as text.
struct Elements<T, U>(fn(T) -> Result<U, String>, &'static str);

impl<'de, T: Deserialize<'de>, U> Visitor<'de> for Elements<T, U> {
    type Value = Vec<U>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a list as `{}`", self.1)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<U>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            let read = (self.0)(element);
            elements.push(read.map_err(|reason| refused(self.1, elements.len(), &reason))?);
        }
        Ok(elements)
    }
}

/// Returns the error for the element of a list at a position.
fn refused<E: serde::de::Error>(list: &str, position: usize, reason: &str) -> E {
    E::custom(format!("{list}[{position}]: {reason}"))
}

/// Reads subscriptions, each checked and with an id of its own.
pub(crate) fn checked_subscriptions<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Subscription>, D::Error> {
    const LIST: &str = "subscriptions";
    let subscriptions = deserializer.deserialize_seq(Elements(subscription, LIST))?;
    let mut ids = BTreeMap::new();
    for (position, Subscription { id, .. }) in subscriptions.iter().enumerate() {
        if let Some(first) = ids.insert(id.to_ascii_lowercase(), position) {
            let reason = format!("`id` is that of {LIST}[{first}]");
            return Err(refused(LIST, position, &reason));
        }
    }
    Ok(subscriptions)
}

fn subscription(Object(read): Object<Subscription>) -> Result<Subscription, String> {
    stored::check_subscription(&read)?;
    Ok(read)
}

/// Reads resources: each is checked and has an id of its own, and none contradicts another.
pub(crate) fn checked_resources<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Value>, D::Error> {
    const LIST: &str = "resources";
    let resources = deserializer.deserialize_seq(Elements(normalize::checked, LIST))?;
    let mut positions = BTreeMap::new();
    for (position, resource) in resources.iter().enumerate() {
        let subnets = list(&resource["properties"], "subnets").iter();
        for id in subnets.chain([resource]).map(id) {
            // Two resources of one id would overwrite each other.
            if let Some(first) = positions.insert(id.to_ascii_lowercase(), position) {
                let reason = format!("the id `{id}` is in {LIST}[{first}] too");
                return Err(refused(LIST, position, &reason));
            }
        }
    }
    let resources = fold_subnets::fold(resources);
    // A network that the file does not have comes with the first of its subnets.
    if let Err(Contradiction { id, reason }) = relations::check(&resources.iter().collect::<Vec<_>>()) {
        let key = id.to_ascii_lowercase();
        let mut below = positions.range(key..);
        let position = below.next().map_or(0, |(_, position)| *position);
        return Err(refused(LIST, position, &format!("{reason} (`{id}`)")));
    }
    Ok(resources)
}
