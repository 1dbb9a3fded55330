//! The environment as data.

use std::collections::BTreeMap;

/// Environment variables by name, as the caller read them. The library itself reads none.
pub type Env = BTreeMap<String, String>;

/// Returns the value of a variable that is set and not empty.
pub(crate) fn var<'e>(env: &'e Env, name: &str) -> Option<&'e str> {
    env.get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}
