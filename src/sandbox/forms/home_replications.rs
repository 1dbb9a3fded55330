//! Replications of home regions: Azure adds one to a registry with its first replication.

use std::collections::BTreeSet;

use serde_json::Value;

use super::defaults;
use crate::sandbox::protocol::json::{id, text};

/// Adds the replication of the home region to each registry that has other replications only.
pub(crate) fn add(resources: &mut Vec<Value>) {
    let (mut registries, mut regions) = (BTreeSet::new(), BTreeSet::new());
    for resource in resources.iter() {
        let key = id(resource).to_ascii_lowercase();
        if let Some((registry, _)) = key.split_once("/replications/") {
            registries.insert(registry.to_owned());
            regions.insert((registry.to_owned(), text(resource, "/location").to_owned()));
        }
    }
    if registries.is_empty() {
        return;
    }
    let mut added = Vec::new();
    for resource in resources.iter() {
        let key = id(resource).to_ascii_lowercase();
        let home = text(resource, "/location");
        if registries.contains(&key) && !regions.contains(&(key, home.to_owned())) {
            added.push(defaults::replication(id(resource), home, home));
        }
    }
    resources.extend(added);
}
