//! Ends operations and makes their changes to the state.

use std::time::Duration;

use super::kinds::OperationEnd;
use crate::sandbox::forms::normalize;
use crate::sandbox::protocol::json::{fresh_etag, id, same_id};
use crate::sandbox::registry::sub_resources::{private_endpoints, replications};
use crate::sandbox::state::store::Store;

/// Ends every operation that has run for `limit`, unless a fault holds it.
pub(crate) fn expire(store: &mut Store, limit: Duration) {
    let mut ids = Vec::new();
    for (id, operation) in &store.operations.by_id {
        if let Some(since) = operation.running_since
            && !operation.held
            && since.elapsed() >= limit
        {
            ids.push(id.clone());
        }
    }
    for id in ids {
        end(store, &id);
    }
}

/// Ends one operation.
pub(crate) fn end(store: &mut Store, id: &str) {
    let Some(operation) = store.operations.by_id.get_mut(id) else {
        return;
    };
    operation.running_since = None;
    let (on, end) = (operation.on.clone(), operation.end.clone());
    apply_end(store, &on, end);
}

/// Changes the state as the end of an operation on `key` does.
fn apply_end(store: &mut Store, key: &str, end: OperationEnd) {
    match end {
        OperationEnd::Remove => store.remove(key),
        // A resource that was deleted meanwhile stays deleted.
        OperationEnd::Replace(resource) if store.resources.contains_key(key) => store.put(resource),
        OperationEnd::Replace(_) => {}
        OperationEnd::Connection(connection, value) => {
            private_endpoints::set(store, key, &connection, value)
        }
        OperationEnd::Settle => settle(store, key, None),
        OperationEnd::RemoveSubnet(subnet) => settle(store, key, Some(&subnet)),
    }
    // A replication that was added or removed changes its registry's host names.
    replications::moved(store, key);
}

/// Marks a network as done and removes the subnet `gone` from it.
fn settle(store: &mut Store, key: &str, gone: Option<&str>) {
    let Some(network) = store.resources.get_mut(key) else {
        return;
    };
    if let Some(subnets) = network["properties"]["subnets"].as_array_mut() {
        subnets.retain(|subnet| !matches!(gone, Some(gone) if same_id(id(subnet), gone)));
    }
    normalize::settle(network);
    normalize::stamp(network, fresh_etag());
    store.remove_below_lost_subnets(key);
    store.dirty = true;
}
