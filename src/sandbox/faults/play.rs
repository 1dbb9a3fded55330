//! Plays faults: each changes the request, the answer, the state, or the connection.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::fault::{Effect, Fault};
use super::operations::Course;
use super::played::{Played, Process, Wire};
use super::{operations, responses};
use crate::sandbox::entra::bearer::expired;
use crate::sandbox::operations::kinds::OperationError;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// Faults of a sandbox.
pub(crate) struct Faults {
    /// Each fault with the number of requests that matched it.
    list: Vec<(Fault, u64)>,
    /// By the resource's id in lower case.
    old: BTreeMap<String, OldResource>,
}

/// A resource before a write, for the reads that show it so.
struct OldResource {
    shown: Value,
    /// Number of reads that still show it.
    left: u32,
}

impl Faults {
    /// Takes faults that no request has matched yet.
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let mut list = Vec::new();
        for fault in faults {
            list.push((fault, 0));
        }
        Self {
            list,
            old: BTreeMap::new(),
        }
    }

    /// Returns the effect of the first fault that concerns a request. Every fault that matches counts the request.
    pub(crate) fn next(&mut self, request: &Request) -> Option<Effect> {
        let mut found = None;
        for (fault, count) in &mut self.list {
            if !fault.concerns(request.method.as_str(), &request.path) {
                continue;
            }
            *count += 1;
            // Later faults count the request too, but the first one decides its answer.
            let strikes = fault.when.nth.is_empty() || fault.when.nth.contains(count);
            if strikes && found.is_none() {
                found = Some(fault.effect.clone());
            }
        }
        found
    }

    /// Returns the resource that a read shows as it was before a write, `None` for other requests.
    pub(crate) fn old_resource(&mut self, request: &Request) -> Option<Value> {
        if request.method != Method::GET {
            return None;
        }
        let old = self.old.get_mut(&request.resource_key())?;
        old.left = old.left.checked_sub(1)?;
        Some(old.shown.clone())
    }

    /// Plays a fault on a request. `actor` is the client id of the caller.
    pub(crate) fn play(
        &mut self,
        effect: Effect,
        store: &mut Store,
        request: &Request,
        actor: &str,
        process: Process<'_>,
    ) -> Played {
        match effect {
            // The status hides the result of a request that was processed.
            Effect::Status(fault) => {
                if fault.processed {
                    process(store, request);
                }
                Played::whole(responses::status(&fault, request, actor))
            }
            Effect::Reset => Played::by(Wire::Cut, Answer::empty(StatusCode::OK)),
            Effect::ResetAfter => Played::by(Wire::Cut, process(store, request)),
            Effect::Slow(delay) => Played {
                delay,
                ..Played::whole(process(store, request))
            },
            Effect::Truncate => Played::by(Wire::Truncated, process(store, request)),
            Effect::Garbage => Played::by(Wire::Garbage, process(store, request)),
            Effect::LostWrite => Played::whole(operations::lost(store, request, process)),
            Effect::StaleReads { reads } => {
                self.keep_old(store, request, reads);
                Played::whole(process(store, request))
            }
            Effect::Repeated => {
                process(store, request);
                Played::whole(process(store, request))
            }
            Effect::PolicyDeny { policy } => Played::whole(responses::disallowed(&policy, request)),
            Effect::PolicyModify { set } => Played::whole(process(store, &merged(request, &set))),
            Effect::ClearOmittedLists => Played::whole(process(store, &with_both_lists(request))),
            Effect::ExpiredToken => Played::whole(expired(request)),
            // Writes that become operations, or are operations anyway.
            Effect::Lro { polls } => begun(store, request, Course::Runs(polls), process),
            Effect::LroStuck => begun(store, request, Course::Stuck, process),
            Effect::LroFailed { code, message } => {
                let error = OperationError { code, message };
                begun(store, request, Course::Fails(error), process)
            }
        }
    }

    /// Keeps the resource of a write as it is, for the reads after it.
    fn keep_old(&mut self, store: &Store, request: &Request, reads: u32) {
        let key = request.resource_key();
        if let Some(resource) = store.resources.get(&key) {
            let shown = resource.clone();
            self.old.insert(key, OldResource { shown, left: reads });
        }
    }
}

fn begun(store: &mut Store, request: &Request, course: Course, process: Process<'_>) -> Played {
    Played::whole(operations::begun(store, request, course, process))
}

/// Returns the request with `set` merged into its body.
fn merged(request: &Request, set: &Value) -> Request {
    changed(request, |body| merge(body, set))
}

/// Returns the request with an empty list of rules for the one that it leaves out.
fn with_both_lists(request: &Request) -> Request {
    const LISTS: [&str; 2] = ["ipRules", "virtualNetworkRules"];
    changed(request, |body| {
        let Some(Value::Object(set)) = body.pointer_mut("/properties/networkRuleSet") else {
            return;
        };
        // A rule set without either list leaves both as they are.
        if LISTS.iter().any(|list| set.contains_key(*list)) {
            for list in LISTS {
                set.entry(list).or_insert_with(|| json!([]));
            }
        }
    })
}

/// Returns the request with its body changed, if the body is a JSON object.
fn changed(request: &Request, change: impl FnOnce(&mut Value)) -> Request {
    let mut request = request.clone();
    if let Ok(mut body) = serde_json::from_slice::<Value>(&request.body)
        && body.is_object()
    {
        change(&mut body);
        request.body = body.to_string().into_bytes();
    }
    request
}

/// Merges a patch into a value (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (key, value) in patch {
        let Some(object) = target.as_object_mut() else {
            return;
        };
        // Null removes a key.
        if value.is_null() {
            object.shift_remove(key);
        } else {
            merge(object.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}
