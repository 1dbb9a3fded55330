//! Scopes: ids at and below which a rule holds.

/// Returns true if an id is a scope or below it.
pub(crate) fn within(id: &str, scope: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    match id.strip_prefix(&scope) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}
