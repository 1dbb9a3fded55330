//! Turns writes into operations, and undoes writes, for faults.

use std::collections::BTreeMap;

use axum::http::{StatusCode, Uri};
use serde_json::Value;

use super::played::Process;
use crate::sandbox::operations::effects;
use crate::sandbox::operations::kinds::{OperationEnd, OperationError};
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::registrations::Registrations;
use crate::sandbox::state::store::Store;
use crate::sandbox::state::subscription::Subscription;

/// Most polls until a real operation ends.
const POLLS: u32 = 10_000;

/// Course of an operation that a fault controls.
pub(crate) enum Course {
    /// It ends after these polls.
    Runs(u32),
    /// It fails after the usual polls.
    Fails(OperationError),
    /// It never ends.
    Stuck,
}

/// State of the resources that a write may change, before it.
struct Earlier {
    /// Key of the top-level resource at or above the path.
    root: String,
    /// That resource, and all below it.
    resources: Vec<(String, Value)>,
    subscriptions: Vec<Subscription>,
    registrations: Registrations,
    passwords: BTreeMap<String, [String; 2]>,
}

impl Earlier {
    fn of(store: &Store, request: &Request) -> Self {
        let root = request.resource_key();
        let mut resources = Vec::new();
        if let Some(resource) = store.resources.get(&root) {
            resources.push((root.clone(), resource.clone()));
        }
        for (key, resource) in store.under(&format!("{root}/")) {
            resources.push((key.clone(), resource.clone()));
        }
        Self {
            root,
            resources,
            subscriptions: store.subscriptions.clone(),
            registrations: store.registrations.clone(),
            passwords: store.passwords.clone(),
        }
    }
}

/// Processes a request as an operation with this course, where Azure has an operation for it. Every other request is
/// processed as without a fault.
///
/// Until the operation ends, the registry says so and refuses other writes, as with `identity` and `encryption`
/// (recorded: azure-cli test_acr_encryption_with_cmk, 2021-06). It shows the new network settings meanwhile, which is
/// inferred from a PUT.
pub(crate) fn begun(
    store: &mut Store,
    request: &Request,
    course: Course,
    process: Process<'_>,
) -> Answer {
    let earlier = Earlier::of(store, request);
    let answer = process(store, &request.as_operation());
    let Some(uri) = link(&answer) else {
        return answer;
    };
    let id = uri.path().rsplit('/').next().unwrap_or_default();
    match course {
        Course::Runs(polls) => store.operations.run_for(id, polls),
        Course::Fails(error) => {
            let end = OperationEnd::Restore(earlier.root, earlier.resources);
            store.operations.fail(id, error, end);
        }
        Course::Stuck => store.operations.hold(id),
    }
    answer
}

/// Processes a request, waits for the end of its operation, and undoes its changes.
pub(crate) fn lost(store: &mut Store, request: &Request, process: Process<'_>) -> Answer {
    let earlier = Earlier::of(store, request);
    let answer = process(store, request);
    if let Some(uri) = link(&answer) {
        finish(store, request, &uri, process);
    }
    effects::restore(store, &earlier.root, earlier.resources);
    store.subscriptions = earlier.subscriptions;
    store.registrations = earlier.registrations;
    store.passwords = earlier.passwords;
    answer
}

/// Returns the URL of the operation that an answer names, `None` for an answer without one.
fn link(answer: &Answer) -> Option<Uri> {
    for name in ["azure-asyncoperation", "location"] {
        if let Some(value) = answer.headers.get(name) {
            return value.to_str().ok()?.parse().ok();
        }
    }
    None
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
