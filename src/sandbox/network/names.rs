//! Names of new resources (resource-name-rules). Azure's text of a refusal is not known.

use super::errors::invalid;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Refuses an invalid name of a new virtual network or subnet. `longest` is the most characters that it may have.
pub(crate) fn check_network(name: &str, longest: usize) -> Result<(), Answer> {
    if is_network_name(name.as_bytes()) && name.len() <= longest {
        return Ok(());
    }
    Err(invalid(&format!(
        "a name has at most {longest} letters, digits, `_`, `.` and `-`, begins with a letter or digit, and ends with one or `_`"
    )))
}

fn is_network_name(name: &[u8]) -> bool {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return false;
    };
    first.is_ascii_alphanumeric()
        && (last.is_ascii_alphanumeric() || *last == b'_')
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte))
}

/// Refuses an invalid name of a new resource group.
pub(crate) fn check_group(name: &str) -> Result<(), Answer> {
    let is_known = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || "_-.()".contains(letter));
    if is_known && name.chars().count() <= 90 && !name.ends_with('.') {
        return Ok(());
    }
    Err(errors::own_invalid_content(
        "a resource group's name has at most 90 letters, digits, `_`, `-`, `.`, `(` and `)`, and does not end with `.`",
    ))
}
