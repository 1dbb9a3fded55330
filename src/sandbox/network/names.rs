//! Names of what is made (resource-name-rules), and bodies that name another thing than their path. Azure's words
//! are open for both.

use serde_json::{Map, Value};

use super::errors::invalid;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// The name of a new virtual network or subnet, of at most `longest` characters.
pub(crate) fn check_network(name: &str, longest: usize) -> Result<(), Answer> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    let ends = name
        .bytes()
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if begins && ends && name.bytes().all(inner) && name.len() <= longest {
        return Ok(());
    }
    Err(invalid(&format!(
        "a name has at most {longest} letters, digits, `_`, `.` and `-`, begins with a letter or digit, and ends with one or `_`"
    )))
}

/// The name of a new resource group.
pub(crate) fn check_group(name: &str) -> Result<(), Answer> {
    let known = |letter: char| letter.is_alphanumeric() || "_-.()".contains(letter);
    if name.chars().all(known) && name.chars().count() <= 90 && !name.ends_with('.') {
        return Ok(());
    }
    Err(errors::own_invalid_content(
        "a resource group's name has at most 90 letters, digits, `_`, `-`, `.`, `(` and `)`, and does not end with `.`",
    ))
}

/// Name and id of a body against those of the path. Clients echo both.
pub(crate) fn check_same(body: &Map<String, Value>, name: &str, id: &str) -> Result<(), Answer> {
    for (key, own) in [("name", name), ("id", id)] {
        match body.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(sent)) if sent.eq_ignore_ascii_case(own) => {}
            Some(Value::String(_)) => {
                return Err(errors::not_established(&format!(
                    "a body with another `{key}` than the path's"
                )));
            }
            Some(_) => return Err(invalid(&format!("`{key}` must be a string"))),
        }
    }
    Ok(())
}
