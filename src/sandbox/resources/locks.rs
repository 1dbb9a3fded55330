//! Locks: list, GET, PUT and DELETE (specification: Management Locks).

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::scope;
use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::shared_types::LOCK;
use crate::sandbox::forms::types::LOCKS;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::echo;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{known_word, present, text_under};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::fields::differs;

/// Answers the locks at a scope, above and below it; with `atScope()` those below are left out (docs: Get-AzResourceLock,
/// `-AtScope`).
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let below_too = match call.request.query("$filter") {
        None | Some("") => true,
        Some(filter) if filter.eq_ignore_ascii_case("atScope()") => false,
        Some(filter) => {
            return Err(errors::not_established(&format!(
                "the filter `{filter}` of locks"
            )));
        }
    };
    scope::check(call, at, "the locks")?;
    let scope = scope::path(call, at);
    let mut found: Vec<&Value> = Vec::new();
    for lock in governance::locks(call) {
        let locked = governance::locked_scope(lock);
        // Locks of a parent scope apply too.
        if governance::within(&scope, locked) || (below_too && governance::within(locked, &scope)) {
            found.push(lock);
        }
    }
    Ok(Answer::ok(json!({ "value": found })))
}

/// Answers the lock of this name at exactly this scope.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let key = path(call, at).to_ascii_lowercase();
    match call.store.resources.get(&key) {
        Some(lock) => Ok(Answer::ok(lock.clone())),
        None => Err(not_found(at.get("lock"))),
    }
}

/// Answers a PUT: 201 for a new lock, else 200.
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    scope::check(call, at, "a lock")?;
    let body = call.request.json()?;
    check_name(at.get("lock"))?;
    echo::check_same(&body, at.get("lock"), &path(call, at), LOCKS)?;
    let Some(Value::Object(sent)) = body.get("properties") else {
        return Err(errors::own_invalid_content("a lock must have `properties`"));
    };
    check_object(&body, LOCK, "").map_err(differs)?;
    let properties = properties(sent)?;
    let path = path(call, at);
    let known = call.store.resources.contains_key(&path.to_ascii_lowercase());
    let made = json!({"properties": properties, "id": path, "type": LOCKS, "name": at.get("lock")});
    call.store.put(made.clone());
    let status = if known {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(Answer::new(status, made))
}

/// Refuses a name that no lock can have (specification: Management Locks - Create Or Update).
fn check_name(name: &str) -> Result<(), Answer> {
    let forbidden = ['<', '>', '%', '&', ':', '\\', '?', '/'];
    if name.chars().count() <= 260 && !name.contains(forbidden) && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(errors::own_invalid_content(
        "a lock's name has at most 260 characters, without `<>%&:\\?/` and control characters",
    ))
}

/// Answers a DELETE: 200, or 204 if there is no such lock.
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let key = path(call, at).to_ascii_lowercase();
    if !call.store.resources.contains_key(&key) {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    call.store.remove(&key);
    Ok(Answer::empty(StatusCode::OK))
}

/// Returns the id of the lock of the path.
fn path(call: &Call<'_>, at: &PathValues<'_>) -> String {
    format!("{}/providers/{LOCKS}/{}", scope::path(call, at), at.get("lock"))
}

/// Returns the properties of a lock: its level, and its notes if there are any.
fn properties(sent: &Map<String, Value>) -> Result<Value, Answer> {
    let level = text_under(sent, "level");
    let Some(level) = known_word(&["CanNotDelete", "ReadOnly"], level) else {
        return Err(errors::own_invalid_content(
            "the `level` of a lock must be CanNotDelete or ReadOnly",
        ));
    };
    let mut properties = json!({"level": level});
    match present(sent, "notes") {
        None => {}
        Some(Value::String(notes)) if notes.chars().count() <= 512 => {
            properties["notes"] = notes.clone().into();
        }
        Some(_) => {
            return Err(errors::own_invalid_content(
                "the `notes` of a lock must be a string of at most 512 characters",
            ));
        }
    }
    for (key, value) in sent {
        if !["level", "notes"].contains(&key.as_str()) && !value.is_null() {
            return Err(errors::not_established(&format!("a lock with `{key}`")));
        }
    }
    Ok(properties)
}

/// Returns ARM's 404 for a lock (general knowledge; no recording).
fn not_found(name: &str) -> Answer {
    let message = format!("The lock '{name}' could not be found.");
    errors::gateway(StatusCode::NOT_FOUND, "LockNotFound", &message)
}
