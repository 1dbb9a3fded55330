//! Answers of a service, spoiled in one place.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

/// The way to spoil a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Missing,
    Null,
    OtherType,
}

pub(crate) const ALL: [How; 3] = [How::Missing, How::Null, How::OtherType];

/// Headers that a client acts on.
const HEADERS: [&str; 6] = [
    "azure-asyncoperation",
    "content-type",
    "etag",
    "location",
    "retry-after",
    "x-ms-request-id",
];

/// Returns the JSON pointer of each field and element of a body, the body itself first.
pub(crate) fn fields(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(body) = serde_json::from_slice(body) {
        collect(&body, "", &mut found);
    }
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Returns the headers of an answer that a client acts on.
pub(crate) fn headers(all: &HeaderMap) -> Vec<&'static str> {
    HEADERS
        .into_iter()
        .filter(|name| all.contains_key(*name))
        .collect()
}

/// Returns the body with this field spoiled, or the body as it is if it lacks the field.
pub(crate) fn field(body: &Bytes, pointer: &str, how: How) -> Bytes {
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    match (how, json.pointer_mut(pointer)) {
        (_, None) => return body.clone(),
        (How::Missing, _) if pointer.is_empty() => return Bytes::new(),
        (How::Missing, _) => remove(&mut json, pointer),
        (How::Null, Some(value)) => *value = Value::Null,
        (How::OtherType, Some(value)) => *value = of_other_type(value),
    }
    json.to_string().into()
}

fn of_other_type(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Null => json!(7),
        _ => json!("x"),
    }
}

fn remove(json: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer begins with `/`");
    match json.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(list)) => {
            list.remove(key.parse().expect("an index"));
        }
        _ => {}
    }
}

/// Removes a header, or gives it a value that means nothing.
pub(crate) fn header(headers: &mut HeaderMap, name: &'static str, how: How) {
    let name = HeaderName::from_static(name);
    if how == How::OtherType {
        headers.insert(name, HeaderValue::from_static("x"));
    } else {
        headers.remove(name);
    }
}

#[test]
fn each_field_is_removed_nulled_or_retyped() {
    let body = Bytes::from(r#"{"a":{"b/c":["x",true]}}"#);
    let all = fields(&body);
    assert_eq!(all, ["", "/a", "/a/b~1c", "/a/b~1c/0", "/a/b~1c/1"]);
    let rows = [
        ("", How::Missing, ""),
        ("/a/b~1c", How::Missing, r#"{"a":{}}"#),
        ("/a/b~1c/0", How::Missing, r#"{"a":{"b/c":[true]}}"#),
        ("/a", How::Null, r#"{"a":null}"#),
        ("/a/b~1c/0", How::OtherType, r#"{"a":{"b/c":[7,true]}}"#),
        ("/a/b~1c/1", How::OtherType, r#"{"a":{"b/c":["x","x"]}}"#),
        ("/z", How::Null, r#"{"a":{"b/c":["x",true]}}"#),
    ];
    for (pointer, how, spoiled) in rows {
        assert_eq!(field(&body, pointer, how), spoiled, "{pointer} {how:?}");
    }
}
