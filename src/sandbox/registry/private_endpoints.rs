//! Private endpoint connections of a registry. The registry holds them; a private endpoint makes them.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::created_by;
use super::lookup::find;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, known_word, list, same_id, text, timestamp};
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::state::store::Store;

pub(crate) const TYPE: &str = "Microsoft.ContainerRegistry/registries/privateEndpointConnections";
const LIST: &str = "privateEndpointConnections";

/// Answers for what comes after `…/registries/{name}/privateEndpointConnections`.
pub(crate) fn answer(call: &mut Call<'_>, group: &str, name: &str, rest: &[&str]) -> Answered {
    let registry = find(call, group, name)?.clone();
    match (&call.request.method, rest) {
        (&Method::GET, []) => Ok(Answer::ok(json!({"value": list(&registry["properties"], LIST)}))),
        (&Method::GET, [connection]) => {
            let found = connection_of(&registry, connection);
            found
                .map(|found| Answer::ok(found.clone()))
                .ok_or_else(|| missing(&registry, group, connection))
        }
        (&Method::PUT, [connection]) => put(call, &registry, group, connection),
        (&Method::DELETE, [connection]) => Ok(delete(call, &registry, connection)),
        (method, rest) => Err(errors::not_served(&format!(
            "{method} of `{TYPE}/{}`",
            rest.join("/")
        ))),
    }
}

fn connection_of<'a>(registry: &'a Value, name: &str) -> Option<&'a Value> {
    let connections = list(&registry["properties"], LIST);
    connections
        .iter()
        .find(|connection| is(connection, "/name", name))
}

fn missing(registry: &Value, group: &str, name: &str) -> Answer {
    let name = format!("{}/{LIST}/{name}", text(registry, "/name"));
    errors::resource_not_found("Microsoft.ContainerRegistry/registries", &name, group)
}

/// Approves or rejects a connection: 201 with the old state, `Updating`, and `systemData` that no GET shows (recorded:
/// azure-cli test_acr_with_private_endpoint, 2021-06). A PUT cannot make a connection.
fn put(call: &mut Call<'_>, registry: &Value, group: &str, name: &str) -> Answered {
    let body = call.request.json()?;
    let stored = connection_of(registry, name).ok_or_else(|| missing(registry, group, name))?;
    let sent = body.get("properties").unwrap_or(&Value::Null);
    let state = &sent["privateLinkServiceConnectionState"];
    let status = text(state, "/status");
    let Some(status) = known_word(&["Approved", "Rejected"], status) else {
        return Err(errors::not_established(&format!(
            "a private endpoint connection set to `{status}`"
        )));
    };
    let mut done = stored.clone();
    done["properties"]["privateLinkServiceConnectionState"] = json!({"status": status});
    for key in ["description", "actionsRequired"] {
        if let Some(Value::String(value)) = state.get(key) {
            done["properties"]["privateLinkServiceConnectionState"][key] = value.clone().into();
        }
    }
    let mut initial = stored.clone();
    initial["properties"]["provisioningState"] = "Updating".into();
    let (path, registry) = (id(stored).to_owned(), id(registry).to_ascii_lowercase());
    let begin = NewOperation {
        flavour: OperationStyle::Connection,
        scope: path.clone(),
        on: &registry,
        verb: "Updating",
        effect: OperationEnd::Connection(path.clone(), Some(done)),
    };
    set(call.store, &registry, &path, Some(initial.clone()));
    initial["systemData"] = created_by(call.caller, &timestamp(Timestamp::now()));
    let answer = Answer::new(StatusCode::CREATED, initial);
    Ok(call.begin_status(answer, begin, "privateendpointconnections-", &path))
}

/// Answers a DELETE: 202 with the body `null` and a `Location` (recorded: same).
fn delete(call: &mut Call<'_>, registry: &Value, name: &str) -> Answer {
    let Some(stored) = connection_of(registry, name) else {
        return Answer::empty(StatusCode::NO_CONTENT);
    };
    let mut going = stored.clone();
    going["properties"]["provisioningState"] = "Deleting".into();
    let (key, connection) = (id(registry).to_ascii_lowercase(), id(stored).to_owned());
    set(call.store, &key, &connection, Some(going));
    let effect = OperationEnd::Connection(connection, None);
    let answer = Answer::new(StatusCode::ACCEPTED, Value::Null);
    let location = text(registry, "/location");
    call.begin_result(answer, location, &key, effect, "privateendpointconnections-")
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
