//! Finds registries with their settings: those of a subscription or group, those with these ids, or all that are visible.

pub(super) mod listing;
pub(super) mod page;

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use listing::Listing;
use page::parse_page;

use super::outage::Outages;
use super::progress::{ProgressEvent, ProgressFn};
use super::types::LiveRegistry;
use super::unreadable::unreadable;
use crate::azure::{ArmClient, ArmError, CONTAINER_REGISTRY, side_by_side};
use crate::model::{Failure, FailureKind, RegistryId};

/// Registries that were found, and the places that could not be read.
#[derive(Clone, Debug, Default)]
pub struct FoundRegistries {
    pub registries: BTreeMap<RegistryId, LiveRegistry>,
    pub unread: Vec<UnreadPlace>,
}

impl FoundRegistries {
    /// Returns true if there is neither a registry nor a place that could not be read.
    pub fn is_empty(&self) -> bool {
        self.registries.is_empty() && self.unread.is_empty()
    }
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
/// list shows what a read of each registry would. A registry that it shows in two states, in an unknown form or without what
/// decides who gets in is read by itself.
pub async fn list_registries(
    client: &ArmClient,
    scopes: &[String],
    parallel: usize,
    say: ProgressFn<'_>,
) -> FoundRegistries {
    let (listing, unread) = read_lists(client, scopes, parallel).await;
    let (registries, to_read) = listing.into_parts();
    let mut found = FoundRegistries { registries, unread };
    if !to_read.is_empty() {
        let ids: Vec<RegistryId> = to_read.into_iter().collect();
        found.join(read_registries(client, &ids, parallel, say).await);
    }
    found
}

/// Reads the lists of these subscriptions or groups. Returns the places that could not be read too.
async fn read_lists(
    client: &ArmClient,
    scopes: &[String],
    parallel: usize,
) -> (Listing, Vec<UnreadPlace>) {
    let lists = scopes.iter().map(|scope| read_list(client, scope));
    let mut lists = futures::stream::iter(lists).buffered(parallel.max(1));
    let (mut all, mut unread) = (Listing::default(), Vec::new());
    while let Some((list, places)) = lists.next().await {
        all.join(list);
        unread.extend(places);
    }
    (all, unread)
}

/// Reads one list. A page that cannot be read ends it, and what the pages before it have shown stays.
async fn read_list(client: &ArmClient, scope: &str) -> (Listing, Vec<UnreadPlace>) {
    let (mut list, mut unread) = (Listing::default(), Vec::new());
    match take_pages(client, scope, &mut list, &mut unread).await {
        Ok(()) => {}
        // A provider with resources cannot be unregistered (docs: resource-providers-and-types), so there is no registry.
        Err(error) if error.is_unregistered(CONTAINER_REGISTRY) => {}
        Err(error) => unread.push(UnreadPlace {
            id: scope.to_owned(),
            error: error.into(),
        }),
    }
    (list, unread)
}

async fn take_pages(
    client: &ArmClient,
    scope: &str,
    list: &mut Listing,
    unread: &mut Vec<UnreadPlace>,
) -> Result<(), ArmError> {
    let (api_version, mut pages) = client.registry_pages(scope).await?;
    while let Some(entries) = pages.next().await? {
        let page = parse_page(&api_version, &entries, None);
        for (id, registry) in page.registries {
            list.add(id, registry);
        }
        // Nothing can be read of a registry without an id.
        for error in page.without_id {
            unread.push(UnreadPlace {
                id: scope.to_owned(),
                error: unreadable(scope, &error),
            });
        }
    }
    Ok(())
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
    let outages = &Outages::default();
    let reads = ids.iter().map(|id| {
        let read = async move {
            say(ProgressEvent::Doing {
                registry: id,
                activity: "reading",
            });
            let read = outages.read(client, id).await;
            say(ProgressEvent::Ended { registry: id });
            (id, read)
        };
        (id, read)
    });
    let mut reads: BTreeMap<_, _> = side_by_side(reads, parallel).collect().await;
    let mut found = FoundRegistries::default();
    for id in ids {
        match reads.remove(id) {
            Some(Ok(registry)) => {
                found.registries.insert(registry.id.clone(), registry);
            }
            Some(Err(error)) => found.unread.push(UnreadPlace {
                id: id.to_string(),
                error,
            }),
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
    // Each registry of a list that failed is read, so the list itself is not missed.
    let (listing, _) = read_lists(client, &scopes, parallel).await;
    let (registries, to_read) = listing.into_parts();
    ids.extend(to_read);
    ids.retain(|id| !registries.contains_key(id));
    let mut found = FoundRegistries {
        registries,
        unread: Vec::new(),
    };
    let missing: Vec<RegistryId> = ids.into_iter().collect();
    if !missing.is_empty() {
        let mut rest = read_registries(client, &missing, parallel, say).await;
        // Resource Graph still names registries that were deleted a moment ago.
        rest.unread
            .retain(|place| place.error.kind != FailureKind::NotFound);
        found.join(rest);
    }
    Ok(found)
}

impl FoundRegistries {
    /// Adds the registries of another place.
    fn join(&mut self, mut other: Self) {
        self.registries.append(&mut other.registries);
        self.unread.append(&mut other.unread);
    }
}
