//! Private endpoint connections of a registry. The registry holds them; a private endpoint makes them.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::forms::api_versions::{ROWS, Shown};
use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::registry_types::CONNECTION;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, known_word, list, same_id, text, timestamp};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::fields::{created_by, differs};
use crate::sandbox::registry::lookup::registry_of;
use crate::sandbox::state::store::Store;

/// Key of the connections in a registry's properties, which is also the path segment.
const LIST: &str = "privateEndpointConnections";

/// Returns the api-versions that have private endpoint connections, newest first.
pub(crate) fn versions() -> Vec<&'static str> {
    let rows = ROWS.iter().rev().filter(|row| row.shows(Shown::Column("PEC")));
    rows.map(|row| row.version).collect()
}

/// Answers the connections of a registry.
pub(crate) fn list_registry(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = registry_of(call, at)?;
    Ok(Answer::ok(json!({"value": list(&registry["properties"], LIST)})))
}

/// Answers one connection.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (registry, name) = (registry_of(call, at)?, at.get("connection"));
    match connection_of(&registry, name) {
        Some(found) => Ok(Answer::ok(found.clone())),
        None => Err(missing(&registry, at.get("group"), name)),
    }
}

fn connection_of<'a>(registry: &'a Value, name: &str) -> Option<&'a Value> {
    let mut connections = list(&registry["properties"], LIST).iter();
    connections.find(|connection| is(connection, "/name", name))
}

/// Returns ARM's 404 for a connection.
fn missing(registry: &Value, group: &str, name: &str) -> Answer {
    let name = format!("{}/{LIST}/{name}", text(registry, "/name"));
    errors::resource_not_found("Microsoft.ContainerRegistry/registries", &name, group)
}

/// Approves or rejects a connection: 201 with the old state, `Updating`, and `systemData` that no GET shows (recorded:
/// azure-cli test_acr_with_private_endpoint, 2021-06). A PUT cannot make a connection.
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = &registry_of(call, at)?;
    let (group, name) = (at.get("group"), at.get("connection"));
    let body = call.request.json()?;
    let stored = connection_of(registry, name).ok_or_else(|| missing(registry, group, name))?;
    check_object(&body, CONNECTION, "").map_err(differs)?;
    let sent = body.get("properties").unwrap_or(&Value::Null);
    let endpoint = text(stored, "/properties/privateEndpoint/id");
    if !sent["privateEndpoint"].is_null() && !is(sent, "/privateEndpoint/id", endpoint) {
        return Err(errors::not_established(
            "a private endpoint connection with another `privateEndpoint`",
        ));
    }
    let state = &sent["privateLinkServiceConnectionState"];
    let status = text(state, "/status");
    let Some(status) = known_word(&["Approved", "Rejected"], status) else {
        return Err(errors::not_established(&format!(
            "a private endpoint connection set to `{status}`"
        )));
    };
    // The result: the new status, with the texts that were sent.
    let mut done = stored.clone();
    done["properties"]["privateLinkServiceConnectionState"] = json!({"status": status});
    for key in ["description", "actionsRequired"] {
        if let Some(Value::String(value)) = state.get(key) {
            done["properties"]["privateLinkServiceConnectionState"][key] = value.clone().into();
        }
    }
    // Until the operation ends, the connection has its old status.
    let mut initial = stored.clone();
    initial["properties"]["provisioningState"] = "Updating".into();
    let (path, registry) = (id(stored).to_owned(), id(registry).to_ascii_lowercase());
    let begin = NewOperation {
        style: OperationStyle::Connection,
        scope: path.clone(),
        on: &registry,
        state: "Updating",
        end: OperationEnd::Connection(path.clone(), Some(done)),
    };
    set(call.store, &registry, &path, Some(initial.clone()));
    // Only this answer has `systemData`, so it is added after storing.
    initial["systemData"] = created_by(call.caller, &timestamp(Timestamp::now()));
    let answer = Answer::new(StatusCode::CREATED, initial);
    Ok(call.begin_status(answer, begin, "privateendpointconnections-", &path))
}

/// Answers a DELETE: 202 with the body `null` and a `Location` (recorded: same).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = &registry_of(call, at)?;
    let Some(stored) = connection_of(registry, at.get("connection")) else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    // The connection shows as `Deleting` until the operation ends.
    let mut going = stored.clone();
    going["properties"]["provisioningState"] = "Deleting".into();
    let (key, connection) = (id(registry).to_ascii_lowercase(), id(stored).to_owned());
    set(call.store, &key, &connection, Some(going));
    let end = OperationEnd::Connection(connection, None);
    let answer = Answer::new(StatusCode::ACCEPTED, Value::Null);
    let location = text(registry, "/location");
    Ok(call.begin_result(answer, location, &key, end, "privateendpointconnections-"))
}

/// Replaces a connection in its registry, or removes it if `value` is `None`.
pub(crate) fn set(store: &mut Store, registry: &str, connection: &str, value: Option<Value>) {
    let Some(registry) = store.resources.get_mut(registry) else {
        return;
    };
    let Some(connections) = registry["properties"][LIST].as_array_mut() else {
        return;
    };
    let position = connections
        .iter()
        .position(|known| same_id(id(known), connection));
    match (position, value) {
        (Some(at), Some(value)) => connections[at] = value,
        (Some(at), None) => {
            connections.remove(at);
        }
        // The connection was deleted before its operation ended.
        (None, _) => {}
    }
    store.dirty = true;
}
