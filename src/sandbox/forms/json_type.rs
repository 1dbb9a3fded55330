//! Shapes of JSON bodies: the keys that an object may have, and what each value may be.
//!
//! A check finds the first difference and says of which kind it is. The provider chooses the answer for each kind.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::sandbox::protocol::json::{known_word, present, text};

/// What a value may be.
#[derive(Clone, Copy)]
pub(crate) enum JsonType {
    Text,
    Bool,
    /// A whole number within both limits.
    Whole(u64, u64),
    /// One of these words, without case.
    OneOf(&'static [&'static str]),
    /// An IP address.
    Address,
    /// A string of a form, and the name of the form.
    Like(fn(&str) -> bool, &'static str),
    /// The id of a top-level resource of this type; empty for any type.
    Id(&'static str),
    List(&'static JsonType),
    /// An object with these keys and no other.
    Object(Keys),
    /// An object with these keys and any other.
    Open(Keys),
}

/// An object of which no key is read.
pub(crate) const ANY: JsonType = JsonType::Open(&[]);

/// Keys of an object.
pub(crate) type Keys = &'static [BodyKey];

/// One key of an object.
#[derive(Clone, Copy)]
pub(crate) struct BodyKey {
    name: &'static str,
    json_type: JsonType,
    required: bool,
}

/// Returns a key that an object may leave out.
pub(crate) const fn optional(name: &'static str, json_type: JsonType) -> BodyKey {
    BodyKey {
        name,
        json_type,
        required: false,
    }
}

/// Returns a key that an object must have.
pub(crate) const fn required(name: &'static str, json_type: JsonType) -> BodyKey {
    BodyKey {
        name,
        json_type,
        required: true,
    }
}

/// First difference between a body and its json_type. `path` is that of the value, such as `properties.natGateway.id`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// The value has another JSON type, or is not one of the known words.
    Type { path: String, wanted: String },
    /// The value has the right type and is nonsense.
    Value { path: String, wanted: String },
    /// The key is not known.
    Unknown { path: String },
    /// A required key is missing.
    Missing { path: String },
    /// The id does not begin as the id of a resource.
    Id { path: String, id: String },
}

/// Checks the known keys of an object that may have others. Null counts as absent.
pub(crate) fn check_known(sent: &Map<String, Value>, keys: Keys, path: &str) -> Result<(), BodyFault> {
    for key in keys {
        let path = format!("{path}{}", key.name);
        match present(sent, key.name) {
            Some(value) => check(value, key.json_type, &path)?,
            None if key.required => return Err(BodyFault::Missing { path }),
            None => {}
        }
    }
    Ok(())
}

/// Checks an object that may have the keys of `keys` and no other.
pub(crate) fn check_object(sent: &Map<String, Value>, keys: Keys, path: &str) -> Result<(), BodyFault> {
    check_known(sent, keys, path)?;
    for (name, value) in sent {
        if !value.is_null() && !keys.iter().any(|key| key.name == name) {
            return Err(BodyFault::Unknown {
                path: format!("{path}{name}"),
            });
        }
    }
    Ok(())
}

/// Checks one value.
pub(crate) fn check(value: &Value, json_type: JsonType, path: &str) -> Result<(), BodyFault> {
    let wanted = match json_type {
        JsonType::Text if value.is_string() => return Ok(()),
        JsonType::Bool if value.is_boolean() => return Ok(()),
        JsonType::Whole(..) if value.is_number() => return check_number(value, json_type, path),
        JsonType::OneOf(words) if known_word(words, text(value, "")).is_some() => return Ok(()),
        JsonType::Address | JsonType::Like(..) | JsonType::Id(_) if value.is_string() => {
            return check_text(value, json_type, path);
        }
        JsonType::List(json_type) if value.is_array() => return check_list(value, *json_type, path),
        JsonType::Object(keys) | JsonType::Open(keys) if value.is_object() => {
            let Value::Object(sent) = value else {
                return Ok(());
            };
            let path = format!("{path}.");
            return match json_type {
                JsonType::Open(_) => check_known(sent, keys, &path),
                _ => check_object(sent, keys, &path),
            };
        }
        JsonType::Text | JsonType::Address | JsonType::Like(..) | JsonType::Id(_) => {
            "a string".to_owned()
        }
        JsonType::Bool => "true or false".to_owned(),
        JsonType::Whole(..) => "a number".to_owned(),
        JsonType::OneOf(words) => format!("one of {}", words.join(", ")),
        JsonType::Object(_) | JsonType::Open(_) => "an object".to_owned(),
        JsonType::List(JsonType::Object(_) | JsonType::Open(_)) => "a list of objects".to_owned(),
        JsonType::List(_) => "a list of strings".to_owned(),
    };
    Err(BodyFault::Type {
        path: path.to_owned(),
        wanted,
    })
}

fn check_list(list: &Value, json_type: JsonType, path: &str) -> Result<(), BodyFault> {
    for (position, item) in list.as_array().into_iter().flatten().enumerate() {
        check(item, json_type, &format!("{path}[{position}]"))?;
    }
    Ok(())
}

fn check_number(value: &Value, json_type: JsonType, path: &str) -> Result<(), BodyFault> {
    let JsonType::Whole(least, most) = json_type else {
        return Ok(());
    };
    if let Some(number) = value.as_u64()
        && (least..=most).contains(&number)
    {
        return Ok(());
    }
    Err(BodyFault::Value {
        path: path.to_owned(),
        wanted: format!("a whole number from {least} to {most}"),
    })
}

fn check_text(value: &Value, json_type: JsonType, path: &str) -> Result<(), BodyFault> {
    let sent = text(value, "");
    let lower = sent.to_ascii_lowercase();
    let (holds, wanted) = match json_type {
        JsonType::Address => (sent.parse::<IpAddr>().is_ok(), "an IP address".to_owned()),
        JsonType::Like(holds, form) => (holds(sent), form.to_owned()),
        // ARM looks at the beginning only.
        _ if !lower.starts_with("/subscriptions/") && !lower.starts_with("/providers/") => {
            let (path, id) = (path.to_owned(), sent.to_owned());
            return Err(BodyFault::Id { path, id });
        }
        JsonType::Id(kind) => (is_id_of(&lower, kind), id_of(kind)),
        _ => return Ok(()),
    };
    if holds {
        return Ok(());
    }
    Err(BodyFault::Value {
        path: path.to_owned(),
        wanted,
    })
}

/// Returns true if a lower-case id is that of a resource of the type `kind`, or of any type if that is empty.
fn is_id_of(id: &str, kind: &str) -> bool {
    let segments: Vec<&str> = id.split('/').skip(1).collect();
    let complete = segments.iter().all(|segment| !segment.is_empty());
    match segments.as_slice() {
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            namespace,
            word,
            _,
            below @ ..,
        ] => {
            let own = format!("{namespace}/{word}");
            let of_kind = kind.is_empty() || below.is_empty() && own.eq_ignore_ascii_case(kind);
            complete && of_kind && below.len().is_multiple_of(2)
        }
        _ => false,
    }
}

fn id_of(kind: &str) -> String {
    if kind.is_empty() {
        return "the id of a resource".to_owned();
    }
    format!("the id of a resource of the type {kind}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEYS: Keys = &[
        required("name", JsonType::Text),
        optional("size", JsonType::Whole(4, 30)),
        optional("hosts", JsonType::List(&JsonType::Address)),
        optional("pair", JsonType::Like(is_pair, "two words")),
        optional(
            "gateway",
            JsonType::Object(&[required("id", JsonType::Id("P.N/gates"))]),
        ),
    ];

    fn is_pair(text: &str) -> bool {
        text.split(' ').count() == 2
    }

    fn fault(body: Value) -> Option<BodyFault> {
        check(&body, JsonType::Object(KEYS), "body").err()
    }

    #[test]
    fn faults_name_the_kind_and_place() {
        let gate = "/subscriptions/s/resourceGroups/g/providers/P.N/gates/one";
        let rows = [
            (
                json!({"name": "a", "size": 4, "hosts": ["::1"], "gateway": {"id": gate}}),
                "",
            ),
            (json!({"name": "a", "size": null}), ""),
            (json!([]), "Type body"),
            (json!({}), "Missing body.name"),
            (json!({"name": 1}), "Type body.name"),
            (json!({"name": "a", "other": 1}), "Unknown body.other"),
            (json!({"name": "a", "size": 3}), "Value body.size"),
            (json!({"name": "a", "size": 4.5}), "Value body.size"),
            (json!({"name": "a", "size": "4"}), "Type body.size"),
            (
                json!({"name": "a", "hosts": ["1.1.1.1", "x"]}),
                "Value body.hosts[1]",
            ),
            (json!({"name": "a", "hosts": [1]}), "Type body.hosts[0]"),
            (json!({"name": "a", "pair": "a b"}), ""),
            (json!({"name": "a", "pair": "a"}), "Value body.pair"),
            (json!({"name": "a", "pair": 1}), "Type body.pair"),
            (
                json!({"name": "a", "gateway": {"id": "zzz"}}),
                "Id body.gateway.id",
            ),
            (
                json!({"name": "a", "gateway": {"id": "/subscriptions/s"}}),
                "Value body.gateway.id",
            ),
            (
                json!({"name": "a", "gateway": {"id": gate.replace("gates", "doors")}}),
                "Value body.gateway.id",
            ),
            (
                json!({"name": "a", "gateway": {"id": format!("{gate}/")}}),
                "Value body.gateway.id",
            ),
        ];
        for (body, want) in rows {
            let found = match fault(body.clone()) {
                None => String::new(),
                Some(BodyFault::Type { path, .. }) => format!("Type {path}"),
                Some(BodyFault::Value { path, .. }) => format!("Value {path}"),
                Some(BodyFault::Unknown { path }) => format!("Unknown {path}"),
                Some(BodyFault::Missing { path }) => format!("Missing {path}"),
                Some(BodyFault::Id { path, .. }) => format!("Id {path}"),
            };
            assert_eq!(found, want, "{body}");
        }
    }
}
