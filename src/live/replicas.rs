//! Reads registries together with the regions of their replicas.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::progress::{ProgressEvent, ProgressFn};
use super::read::read_registry;
use super::types::LiveRegistry;
use crate::azure::{ArmClient, side_by_side};
use crate::model::{Failure, RegistryId};

/// A registry and the regions of its replicas. Replicas that cannot be read are a failure of their own.
pub type ReplicatedRegistry = (LiveRegistry, Result<Vec<String>, Failure>);

/// Reads registries with their replicas, `parallel` at a time: two requests for a Premium registry, and one for another,
/// which has no replicas.
pub async fn read_replicated(
    client: &ArmClient,
    ids: &[RegistryId],
    parallel: usize,
    say: ProgressFn<'_>,
) -> BTreeMap<RegistryId, Result<ReplicatedRegistry, Failure>> {
    say(ProgressEvent::Begun {
        task: "reading",
        registries: ids.len(),
    });
    let reads = ids.iter().map(|registry| {
        let read = async move {
            say(ProgressEvent::Doing {
                registry,
                activity: "reading",
            });
            let read = read_one(client, registry).await;
            say(ProgressEvent::Ended { registry });
            (registry.clone(), read)
        };
        (registry, read)
    });
    side_by_side(reads, parallel).collect().await
}

/// Reads the regions of a registry and its replicas. Below Premium there are no replicas.
///
/// # Errors
/// The replicas cannot be read.
pub async fn read_regions(client: &ArmClient, registry: &LiveRegistry) -> Result<Vec<String>, Failure> {
    match registry.is_premium() {
        true => regions(client, &registry.id, &registry.api_version).await,
        false => Ok(vec![registry.location.clone()]),
    }
}

async fn read_one(client: &ArmClient, id: &RegistryId) -> Result<ReplicatedRegistry, Failure> {
    let registry = read_registry(client, id).await?;
    let regions = if registry.is_premium() {
        regions(client, id, &registry.api_version).await
    } else {
        Ok(Vec::new())
    };
    Ok((registry, regions))
}

async fn regions(client: &ArmClient, id: &RegistryId, version: &str) -> Result<Vec<String>, Failure> {
    let list = client.replications(id, version).await?;
    let mut regions = Vec::new();
    for replication in list["value"].as_array().into_iter().flatten() {
        regions.extend(replication["location"].as_str().map(str::to_owned));
    }
    Ok(regions)
}
