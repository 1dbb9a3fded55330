//! Ends operations and makes their changes to the state.

use std::time::Duration;

use serde_json::Value;

use super::kinds::OperationEnd;
use crate::sandbox::forms::normalize;
use crate::sandbox::protocol::json::{fresh_etag, id, same_id};
use crate::sandbox::registry::sub_resources::{private_endpoints, replications};
use crate::sandbox::state::store::Store;

/// Ends every operation that has run for `limit`, unless a fault holds it.
pub(crate) fn expire(store: &mut Store, limit: Duration) {
    for id in store.operations.overdue(limit) {
        end(store, &id);
    }
}

/// Ends one operation.
pub(crate) fn end(store: &mut Store, id: &str) {
    if let Some((on, end)) = store.operations.end(id) {
        apply_end(store, &on, end);
    }
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
        OperationEnd::Restore(root, resources) => restore(store, &root, resources),
    }
    // A replication that was added or removed changes its registry's host names.
    replications::moved(store, key);
}

/// Replaces the resource `root`, and all below it, by those of an earlier time.
pub(crate) fn restore(store: &mut Store, root: &str, resources: Vec<(String, Value)>) {
    store.resources.remove_tree(root);
    for (key, mut resource) in resources {
        // A write has changed a network's ETag, so it must not return to the old one.
        if resource.get("etag").is_some() {
            normalize::stamp(&mut resource, fresh_etag());
        }
        store.resources.insert(key, resource);
    }
    store.dirty = true;
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
