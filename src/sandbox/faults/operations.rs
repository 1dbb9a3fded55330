//! Writes that a fault makes into operations, and operations that a fault takes back.

use axum::http::{Method, Uri};

use super::played::Process;
use super::responses;
use crate::sandbox::forms::normalize;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::json::{fresh_etag, is};
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// A real operation is driven to its end in at most so many polls.
const POLLS: u32 = 10_000;

/// Where an answer says that its operation is asked for.
pub(crate) fn link(answer: &Answer) -> Option<Uri> {
    let headers = &answer.headers;
    let found = headers
        .get("azure-asyncoperation")
        .or_else(|| headers.get("location"))?;
    found.to_str().ok()?.parse().ok()
}

/// Processes the request. Where that made or changed a registry at once, it becomes an operation: until its end
/// the registry says so and takes no other write, as with `identity` and `encryption` (recorded: azure-cli
/// test_acr_encryption_with_cmk, 2021-06). That the new network settings show meanwhile is inferred from a PUT.
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
    let done = store
        .resources
        .get(&key)
        .filter(|resource| is(resource, "/type", REGISTRIES));
    let Some(done) = done.filter(|_| writes && answer.status.is_success() && link(&answer).is_none())
    else {
        return answer;
    };
    let (done, verb) = (done.clone(), if known { "Updating" } else { "Creating" });
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

/// Processes the request, lets its operation end, and takes back what it changed of its resource.
pub(crate) fn lost(store: &mut Store, request: &Request, process: Process<'_>) -> Answer {
    let key = request.resource_key();
    let before = store.resources.get(&key).cloned();
    let answer = process(store, request);
    if let Some(uri) = link(&answer) {
        finish(store, request, &uri, process);
    }
    match before {
        Some(mut resource) => {
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

fn finish(store: &mut Store, request: &Request, uri: &Uri, process: Process<'_>) {
    let poll = Request::new(
        Method::GET,
        uri,
        request.headers.clone(),
        Vec::new(),
        &request.base,
    );
    for _ in 0..POLLS {
        let answer = process(store, &poll);
        let status = answer.body.as_ref().and_then(|body| body.get("status"));
        let ended = status.is_none_or(|status| status == "Succeeded" || status == "Failed");
        if ended && answer.status != axum::http::StatusCode::ACCEPTED {
            return;
        }
    }
}
