//! Checks between the resources of a state file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{StoredKind, lock};
use super::network;
use crate::sandbox::protocol::json::{id, is, list, text};

/// A resource by its id, and the reason why ARM would not have stored it beside the others.
pub(crate) struct Contradiction {
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// Resources by id in lower case.
type ById<'a> = BTreeMap<String, &'a Value>;

/// Refuses resources that cannot be there together. Each was checked by itself, and subnets are in their networks.
pub(crate) fn check(resources: &[&Value]) -> Result<(), Contradiction> {
    let mut known = ById::new();
    for resource in resources {
        known.insert(id(resource).to_ascii_lowercase(), resource);
        for subnet in list(&resource["properties"], "subnets") {
            known.insert(id(subnet).to_ascii_lowercase(), subnet);
        }
    }
    // Names of registries, and the regions of their replications, each once.
    let (mut names, mut regions) = (BTreeMap::new(), BTreeMap::new());
    for resource in resources {
        let id = id(resource);
        let checked = match StoredKind::of(id) {
            Ok(StoredKind::Registry(registry)) => once(
                &mut names,
                registry.name().to_ascii_lowercase(),
                id,
                "the names of registries are global, and this one is taken by",
            ),
            Ok(StoredKind::Replication) => check_replication(resource, &known).and_then(|registry| {
                let key = format!("{registry} {}", text(resource, "/location"));
                once(
                    &mut regions,
                    key,
                    id,
                    "the registry has a replication there already:",
                )
            }),
            Ok(StoredKind::Network(_)) => network::check_prefixes(resource),
            Ok(StoredKind::Lock) => check_lock(id, &known),
            _ => Ok(()),
        };
        checked.map_err(|reason| Contradiction {
            id: id.to_owned(),
            reason,
        })?;
    }
    Ok(())
}

/// Refuses a key that another resource has.
fn once(taken: &mut BTreeMap<String, String>, key: String, id: &str, what: &str) -> Result<(), String> {
    match taken.insert(key, id.to_owned()) {
        None => Ok(()),
        Some(other) => Err(format!("{what} `{other}`")),
    }
}

/// Refuses a replication without its Premium registry. Returns the id of the registry in lower case.
fn check_replication(replication: &Value, known: &ById<'_>) -> Result<String, String> {
    let key = id(replication).to_ascii_lowercase();
    let (registry, _) = key.split_once("/replications/").unwrap_or_default();
    let Some(found) = known.get(registry) else {
        return Err("its registry is missing".to_owned());
    };
    if !is(found, "/sku/name", "Premium") {
        return Err("its registry must be Premium".to_owned());
    }
    Ok(registry.to_owned())
}

/// Refuses a lock on a resource or group that is missing.
fn check_lock(id: &str, known: &ById<'_>) -> Result<(), String> {
    let (scope, _) = lock(id).unwrap_or_default();
    let scope = scope.to_ascii_lowercase();
    let is_subscription = scope.split('/').count() == 3;
    let below = format!("{scope}/");
    // A group exists through its resources too. The lock is not one of them.
    let mut inside = known
        .range(below.clone()..)
        .take_while(|(key, _)| key.starts_with(&below));
    if is_subscription
        || known.contains_key(&scope)
        || scope.split('/').count() == 5 && inside.any(|(key, _)| lock(key).is_none())
    {
        return Ok(());
    }
    Err(format!("what it locks is missing: `{scope}`"))
}
