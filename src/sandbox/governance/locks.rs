//! Locks, and the deletion of a resource group: both forbid writes below them.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::scope::within;
use crate::sandbox::forms::stored::kind;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, text};
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::group_key;

/// Refuses a write that a lock forbids: `ReadOnly` forbids every write, `CanNotDelete` a deletion (lock-resources). The
/// text is that of Azure-Player/azure.datafactory.devops#183, 2025-07. That a comma parts several scopes is general
/// knowledge.
pub(crate) fn check_locks(call: &Call<'_>, scope: &str) -> Result<(), Answer> {
    let verb = match call.request.method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::DELETE => "delete",
        _ => "write",
    };
    let mut locked = BTreeSet::new();
    for lock in locks(call) {
        if forbids(lock, verb, scope) {
            locked.insert(locked_scope(lock));
        }
    }
    if locked.is_empty() {
        return Ok(());
    }
    let locked: Vec<&str> = locked.into_iter().collect();
    let message = format!(
        "The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
        locked.join(",")
    );
    Err(errors::gateway(StatusCode::CONFLICT, "ScopeLocked", &message))
}

fn forbids(lock: &Value, verb: &str, scope: &str) -> bool {
    let deletes = verb == "delete";
    let level = text(lock, "/properties/level");
    let of_level = level.eq_ignore_ascii_case("ReadOnly")
        || (deletes && level.eq_ignore_ascii_case("CanNotDelete"));
    // A deletion takes everything below with it, so a lock below forbids it too.
    let locked = locked_scope(lock);
    of_level && (within(scope, locked) || (deletes && within(locked, scope)))
}

/// Returns the locks of the state.
pub(crate) fn locks<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Value> {
    let all = call.store.resources.iter();
    all.filter(|(key, _)| key.contains(kind::LOCKS_PATH))
        .map(|(_, lock)| lock)
}

/// Returns the scope that a lock is on.
pub(crate) fn locked_scope(lock: &Value) -> &str {
    kind::lock(id(lock)).map_or("", |(scope, _)| scope)
}

/// Refuses a write to a group that is being deleted (general knowledge; no recording).
pub(crate) fn require_alive(call: &Call<'_>, group: &str) -> Result<(), Answer> {
    let key = group_key(call.subscription, group);
    match call.store.resources.get(&key) {
        Some(group) if is(group, "/properties/provisioningState", "Deleting") => {}
        _ => return Ok(()),
    }
    let message = format!(
        "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
    );
    Err(errors::gateway(
        StatusCode::CONFLICT,
        "ResourceGroupBeingDeleted",
        &message,
    ))
}
