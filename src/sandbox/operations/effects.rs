//! Ends operations: what each end makes of the state.

use std::time::Duration;

use super::kinds::{Operation, OperationEnd};
use crate::sandbox::forms::normalize;
use crate::sandbox::protocol::json::{fresh_etag, id, same_id};
use crate::sandbox::registry::{private_endpoints, replications};
use crate::sandbox::state::store::Store;

/// Ends every operation that has run for `limit`, unless a fault holds it.
pub(crate) fn expire(store: &mut Store, limit: Duration) {
    let over = |operation: &Operation| {
        let since = operation.running_since.filter(|_| !operation.held);
        since.is_some_and(|since| since.elapsed() >= limit)
    };
    let operations = &store.operations.by_id;
    let ids: Vec<String> = operations
        .iter()
        .filter(|(_, op)| over(op))
        .map(|(id, _)| id.clone())
        .collect();
    ids.iter().for_each(|id| end(store, id));
}

pub(crate) fn end(store: &mut Store, id: &str) {
    let Some(operation) = store.operations.by_id.get_mut(id) else {
        return;
    };
    operation.running_since = None;
    let (on, effect) = (operation.on.clone(), operation.effect.clone());
    take_effect(store, &on, effect);
}

/// What an operation on `key` leads to.
fn take_effect(store: &mut Store, key: &str, effect: OperationEnd) {
    match effect {
        OperationEnd::Remove => store.remove(key),
        // What was deleted meanwhile stays deleted.
        OperationEnd::Replace(resource) if store.resources.contains_key(key) => store.put(resource),
        OperationEnd::Replace(_) => {}
        OperationEnd::Connection(connection, value) => {
            private_endpoints::set(store, key, &connection, value)
        }
        OperationEnd::Settle => settle(store, key, None),
        OperationEnd::RemoveSubnet(subnet) => settle(store, key, Some(&subnet)),
    }
    replications::moved(store, key);
}

fn settle(store: &mut Store, key: &str, gone: Option<&str>) {
    let Some(network) = store.resources.get_mut(key) else {
        return;
    };
    if let Some(subnets) = network["properties"]["subnets"].as_array_mut() {
        subnets.retain(|subnet| gone.is_none_or(|gone| !same_id(id(subnet), gone)));
    }
    normalize::settle(network);
    normalize::stamp(network, fresh_etag());
    store.dirty = true;
}
