//! Finds what a reader of a document has not taken over.

use serde_json::Value;

/// Returns the path of the first part of a document that differs from what was read of it: an unknown key, a missing key,
/// or a value in another spelling. A reviewer may have believed that part, and no checksum of what was read covers it.
///
/// `read` is the JSON form of the value that was read. The path is a JSON pointer.
pub fn unread_part(document: &Value, read: &Value) -> Option<String> {
    match (document, read) {
        (Value::Object(document), Value::Object(read)) => {
            for key in document.keys().chain(read.keys()) {
                let inner = match (document.get(key), read.get(key)) {
                    (Some(document), Some(read)) => unread_part(document, read),
                    _ => Some(String::new()),
                };
                if let Some(inner) = inner {
                    return Some(format!("/{key}{inner}"));
                }
            }
            None
        }
        (Value::Array(document), Value::Array(read)) if document.len() == read.len() => {
            for (index, (document, read)) in document.iter().zip(read).enumerate() {
                if let Some(inner) = unread_part(document, read) {
                    return Some(format!("/{index}{inner}"));
                }
            }
            None
        }
        _ if document == read => None,
        _ => Some(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn first_part_that_was_not_read_is_named() {
        let read = json!({"a": [{"b": 1}], "c": null});
        let rows = [
            (read.clone(), None),
            (json!({"c": null, "a": [{"b": 1}]}), None),
            (json!({"a": [{"b": 1, "x": 2}], "c": null}), Some("/a/0/x")),
            (json!({"a": [{"b": 2}], "c": null}), Some("/a/0/b")),
            (json!({"a": [], "c": null}), Some("/a")),
            (json!({"a": [{"b": 1}]}), Some("/c")),
            (json!(1), Some("")),
        ];
        for (document, part) in rows {
            assert_eq!(unread_part(&document, &read).as_deref(), part, "{document}");
        }
    }
}
