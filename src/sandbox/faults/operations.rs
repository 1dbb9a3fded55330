//! Turns writes into operations, and undoes operations, for faults.

use axum::http::{Method, StatusCode, Uri};
use serde_json::Value;

use super::played::Process;
use super::responses;
use crate::sandbox::forms::normalize;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::json::{fresh_etag, is, text};
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// Most polls until a real operation ends.
const POLLS: u32 = 10_000;

/// Returns the URL of the operation that an answer names, `None` for an answer without one.
pub(crate) fn link(answer: &Answer) -> Option<Uri> {
    for name in ["azure-asyncoperation", "location"] {
        if let Some(value) = answer.headers.get(name) {
            return value.to_str().ok()?.parse().ok();
        }
    }
    None
}

/// Processes a request. If it makes or changes a registry at once, the write becomes an operation.
///
/// Until the operation ends, the registry says so and refuses other writes, as with `identity` and `encryption`
/// (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06). It shows the new network settings meanwhile, which is
/// inferred from a PUT.
pub(crate) fn begun(
    store: &mut Store,
    request: &Request,
    process: Process<'_>,
    retry_after: u32,
) -> Answer {
    let key = request.resource_key();
    let known = store.resources.contains_key(&key);
    let mut answer = process(store, request);
    let writes = [Method::PUT, Method::PATCH].contains(&request.method) && request.segments.len() == 8;
    let at_once = writes && answer.status.is_success() && link(&answer).is_none();
    let done = match store.resources.get(&key) {
        Some(resource) if at_once && is(resource, "/type", REGISTRIES) => resource.clone(),
        _ => return answer,
    };
    let verb = if known { "Updating" } else { "Creating" };
    // The registry shows the new settings, but is not `Succeeded` until the operation ends.
    let mut initial = done.clone();
    initial["properties"]["provisioningState"] = verb.into();
    store.put(initial);
    let begin = NewOperation {
        style: OperationStyle::Registry,
        scope: key.clone(),
        on: &key,
        state: verb,
        end: OperationEnd::Replace(done),
    };
    let id = store.operations.begin(begin, "registries-", 0);
    if let Some(body) = &mut answer.body {
        body["properties"]["provisioningState"] = verb.into();
    }
    responses::pointing_at(answer, request, &id).with("retry-after", &retry_after.to_string())
}

/// Processes a request, waits for the end of its operation, and undoes the change of its resource.
pub(crate) fn lost(store: &mut Store, request: &Request, process: Process<'_>) -> Answer {
    let key = request.resource_key();
    let before = store.resources.get(&key).cloned();
    let answer = process(store, request);
    if let Some(uri) = link(&answer) {
        finish(store, request, &uri, process);
    }
    match before {
        Some(mut resource) => {
            // The write has changed a network's ETag, so it must not return to the old one.
            if resource.get("etag").is_some() {
                normalize::stamp(&mut resource, fresh_etag());
            }
            store.resources.insert(key, resource);
        }
        None => drop(store.resources.remove(&key)),
    }
    store.dirty = true;
    answer
}

/// Processes a read as if its resource were still `old`.
pub(crate) fn with_old_resource(
    store: &mut Store,
    request: &Request,
    old: Value,
    process: Process<'_>,
) -> Answer {
    let key = request.resource_key();
    let Some(now) = store.resources.insert(key.clone(), old) else {
        // The resource was deleted, and a read cannot bring it back.
        store.resources.remove(&key);
        return process(store, request);
    };
    let answer = process(store, request);
    store.resources.insert(key, now);
    answer
}

/// Polls an operation until it ends.
fn finish(store: &mut Store, request: &Request, uri: &Uri, process: Process<'_>) {
    let poll = request.get(uri);
    // Each poll moves the operation on, as a client's would.
    for _ in 0..POLLS {
        let answer = process(store, &poll);
        let status = match &answer.body {
            Some(body) => text(body, "/status"),
            None => "",
        };
        let ended = matches!(status, "" | "Succeeded" | "Failed");
        if ended && answer.status != StatusCode::ACCEPTED {
            return;
        }
    }
}
