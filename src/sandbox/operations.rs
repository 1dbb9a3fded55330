//! Operations of the network provider: a PUT answers at once and goes on.
//!
//! An operation ends when it has been polled often enough, or after a time when nobody polls. Its ETag moves on
//! PUT and again at the end (recorded: azure-cli test_acr_network_rule, 2021-02).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::body::fresh_etag;
use super::errors;
use super::shape;
use super::store::Store;

/// Operations by id. Ended ones stay: a client may poll again.
#[derive(Default)]
pub(super) struct Operations {
    by_id: BTreeMap<String, Operation>,
}

struct Operation {
    /// `/subscriptions/…/locations/…` that the operation is asked under, in lower case.
    scope: String,
    /// The virtual network that it changes, in lower case.
    network: String,
    polls_left: u32,
    /// `None` once it has ended.
    running_since: Option<Instant>,
}

impl Operations {
    /// Begins an operation and gives its id.
    pub(super) fn begin(&mut self, scope: String, network: &str, polls: u32) -> String {
        let id = Uuid::new_v4().to_string();
        let operation = Operation {
            scope,
            network: network.to_owned(),
            polls_left: polls,
            running_since: Some(Instant::now()),
        };
        self.by_id.insert(id.clone(), operation);
        id
    }

    /// The path of the operation that runs on a virtual network: Azure writes one at a time.
    pub(super) fn running_on(&self, network: &str) -> Option<String> {
        let runs =
            |operation: &Operation| operation.running_since.is_some() && operation.network == network;
        let (id, operation) = self.by_id.iter().find(|(_, operation)| runs(operation))?;
        Some(format!("{}/operations/{id}", operation.scope))
    }
}

/// Ends every operation that has run for `limit`.
pub(super) fn expire(store: &mut Store, limit: Duration) {
    let over = |operation: &Operation| {
        operation
            .running_since
            .is_some_and(|since| since.elapsed() >= limit)
    };
    let operations = &store.operations.by_id;
    let ids: Vec<String> = operations
        .iter()
        .filter(|(_, op)| over(op))
        .map(|(id, _)| id.clone())
        .collect();
    ids.iter().for_each(|id| end(store, id));
}

fn end(store: &mut Store, id: &str) {
    let Some(operation) = store.operations.by_id.get_mut(id) else {
        return;
    };
    operation.running_since = None;
    if let Some(network) = store.resources.get_mut(&operation.network) {
        shape::settle(network);
        shape::stamp(network, fresh_etag());
        store.dirty = true;
    }
}

/// GET of an operation.
pub(super) fn poll(call: &mut Call<'_>, location: &str, id: &str) -> Answered {
    let id = id.to_ascii_lowercase();
    let wanted = scope(call.subscription, location);
    let found = call
        .store
        .operations
        .by_id
        .get_mut(&id)
        .filter(|operation| operation.scope == wanted);
    let Some(operation) = found else {
        return Err(errors::not_established(&format!(
            "operation `{id}`, which was never begun"
        )));
    };
    if operation.running_since.is_some() && operation.polls_left > 0 {
        operation.polls_left -= 1;
        return Ok(in_progress(call.options.retry_after));
    }
    if operation.running_since.is_some() {
        end(call.store, &id);
    }
    Ok(Answer::ok(json!({"status": "Succeeded"})))
}

/// Recorded: azure-libraries-for-net subnet recording, 2019-12, with `Retry-After: 10` on each.
fn in_progress(retry_after: u32) -> Answer {
    let body: Value = json!({"status": "InProgress"});
    Answer::ok(body).with("retry-after", &retry_after.to_string())
}

/// Where operations of a location are asked for, in lower case.
pub(super) fn scope(subscription: &str, location: &str) -> String {
    format!("/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}")
        .to_ascii_lowercase()
}
