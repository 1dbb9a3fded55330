//! Finds registries with their settings: those of a subscription or group, those with these ids, or all that are visible.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use super::parse;
use super::progress::{ProgressEvent, ProgressFn};
use super::read::read_registry;
use super::types::LiveRegistry;
use super::unreadable::unreadable;
use crate::azure::{ArmClient, CONTAINER_REGISTRY, FetchedList, side_by_side};
use crate::model::{Failure, FailureKind, RegistryId};

/// Registries that were found, and the places that could not be read.
#[derive(Clone, Debug, Default)]
pub struct FoundRegistries {
    pub registries: BTreeMap<RegistryId, LiveRegistry>,
    pub unread: Vec<UnreadPlace>,
}

/// A subscription, group, registry or part of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct UnreadPlace {
    /// Resource id of the subscription, the group or the registry, a name that was given, or the place in a file.
    pub id: String,
    pub error: Failure,
}

impl UnreadPlace {
    /// Returns the failure with the place in its message, for where nothing else says it.
    pub fn located(&self) -> Failure {
        Failure {
            message: format!("{}: {}", self.id, self.error.message),
            ..self.error.clone()
        }
    }
}

/// Lists the registries below these subscriptions or groups, `parallel` at a time: a request for each page of a list. A
/// list shows what a read of each registry would.
pub async fn list_registries(client: &ArmClient, scopes: &[String], parallel: usize) -> FoundRegistries {
    let lists = scopes.iter().map(|scope| async move {
        let list = client.registries_below(scope).await;
        (scope, list)
    });
    let lists: Vec<_> = futures::stream::iter(lists)
        .buffered(parallel.max(1))
        .collect()
        .await;
    let mut found = FoundRegistries::default();
    for (scope, list) in lists {
        match list {
            Ok(list) => found.take_list(scope, list),
            // A provider with resources cannot be unregistered (docs: resource-providers-and-types), so there is no registry.
            Err(error) if error.is_unregistered(CONTAINER_REGISTRY) => {}
            Err(error) => found.unread(scope, error.into()),
        }
    }
    found
}

/// Reads the registries with these ids, `parallel` at a time: a request for each.
pub async fn read_registries(
    client: &ArmClient,
    ids: &[RegistryId],
    parallel: usize,
    say: ProgressFn<'_>,
) -> FoundRegistries {
    say(ProgressEvent::Begun {
        task: "reading",
        registries: ids.len(),
    });
    let reads = ids.iter().map(|id| {
        let read = async move {
            say(ProgressEvent::Doing {
                registry: id,
                activity: "reading",
            });
            let read = read_registry(client, id).await;
            say(ProgressEvent::Ended { registry: id });
            (id, read)
        };
        (id, read)
    });
    let mut reads: BTreeMap<_, _> = side_by_side(reads, parallel).collect().await;
    let mut found = FoundRegistries::default();
    for id in ids {
        match reads.remove(id) {
            Some(Ok(registry)) => found.take(registry),
            Some(Err(error)) => found.unread(id.as_str(), error),
            None => {}
        }
    }
    found
}

/// Asks Resource Graph for the ids of all registries that the account sees.
///
/// # Errors
/// Resource Graph does not answer.
pub async fn find_visible_ids(client: &ArmClient) -> Result<BTreeSet<RegistryId>, Failure> {
    let rows = client.visible_registries().await?;
    let mut ids = BTreeSet::new();
    for row in &rows {
        ids.extend(RegistryId::parse(row["id"].as_str().unwrap_or_default()).ok());
    }
    Ok(ids)
}

/// Reads every registry that the account sees. Resource Graph names them, and a list of each of their subscriptions has
/// the settings. What a list leaves out, or does not show to an account with rights on single registries, is read by itself.
///
/// # Errors
/// Resource Graph does not answer.
pub async fn read_visible_registries(
    client: &ArmClient,
    parallel: usize,
    say: ProgressFn<'_>,
) -> Result<FoundRegistries, Failure> {
    let mut ids = find_visible_ids(client).await?;
    let mut scopes = BTreeMap::new();
    for id in &ids {
        let subscription = id.subscription();
        scopes.insert(
            subscription.to_ascii_lowercase(),
            format!("/subscriptions/{subscription}"),
        );
    }
    let scopes: Vec<String> = scopes.into_values().collect();
    let mut found = list_registries(client, &scopes, parallel).await;
    // Each registry of a list that failed is read, so the list itself is not missed.
    found.unread.clear();
    ids.retain(|id| !found.registries.contains_key(id));
    let missing: Vec<RegistryId> = ids.into_iter().collect();
    if !missing.is_empty() {
        let mut rest = read_registries(client, &missing, parallel, say).await;
        // Resource Graph still names registries that were deleted a moment ago.
        rest.unread
            .retain(|place| place.error.kind != FailureKind::NotFound);
        found.registries.append(&mut rest.registries);
        found.unread.append(&mut rest.unread);
    }
    Ok(found)
}

impl FoundRegistries {
    /// Adds a registry. One that was found before stays.
    fn take(&mut self, registry: LiveRegistry) {
        self.registries.entry(registry.id.clone()).or_insert(registry);
    }

    /// Adds the registries of a list. One that cannot be read does not stop the others.
    fn take_list(&mut self, scope: &str, list: FetchedList) {
        for body in list.bodies {
            let id = body["id"].as_str().unwrap_or(scope).to_owned();
            match parse::registry(&list.api_version, body) {
                Ok(registry) => self.take(registry),
                Err(error) => self.unread(&id, unreadable(&id, &error)),
            }
        }
    }

    fn unread(&mut self, id: &str, error: Failure) {
        let id = id.to_owned();
        self.unread.push(UnreadPlace { id, error });
    }
}
