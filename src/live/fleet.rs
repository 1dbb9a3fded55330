//! Reads the registries of a spec, those of a subscription with a list where that takes fewer requests.
//!
//! A list shows what a read of each registry would, at the same api-version. It is followed while its pages have wanted
//! registries. What it does not show is read by itself, also for the reason: a list leaves out what the account may not read.
//! The same holds for a registry that it shows in two states, or without a setting that the plan rests on.

use std::collections::BTreeSet;

use futures::StreamExt;

use super::cache::Cache;
use super::lists::listing::Listing;
use super::lists::page::parse_page;
use super::needs::ReadOptions;
use super::outage::Outages;
use super::progress::{ProgressEvent, ProgressFn};
use super::read::read_beside;
use super::types::{Live, LiveRegistry, Reading};
use crate::azure::{ArmClient, ArmError, by_subscription};
use crate::model::{Failure, RegistryId};
use crate::spec::{RegistrySpec, Spec};

/// Number of registries that are read one by one. A list takes a request for each page, and the number of pages is not
/// known: a subscription may have thousands of registries that the spec does not name.
const READ_ALONE: usize = 3;

/// Choice of registries by their live state.
pub trait Chosen: Sync {
    /// Returns true if a registry that was read is meant.
    fn takes(&self, registry: &LiveRegistry) -> bool;
}

/// Choice of every registry.
#[derive(Clone, Copy, Debug)]
pub struct AllChosen;

impl Chosen for AllChosen {
    fn takes(&self, _: &LiveRegistry) -> bool {
        true
    }
}

/// Reads every registry of a spec, up to `parallel` of a subscription at a time. A registry that cannot be read is a
/// failure of its own, and a slow subscription holds up only its own registries. One that is not `chosen` is left out as
/// soon as it is known.
pub async fn read_all(
    client: &ArmClient,
    spec: &Spec,
    options: ReadOptions,
    parallel: usize,
    chosen: &dyn Chosen,
    say: ProgressFn<'_>,
) -> Live {
    say(ProgressEvent::Begun {
        task: "reading",
        registries: spec.registries.len(),
    });
    let fleet = &Fleet {
        client,
        cache: Cache::for_spec(spec),
        outages: Outages::default(),
        options,
        parallel: parallel.max(1),
        chosen,
        say,
    };
    let subscriptions = by_subscription(spec.registries.iter().map(|wanted| (&wanted.id, wanted)));
    let mut reads = futures::stream::iter(&subscriptions)
        .map(|(subscription, wanted)| fleet.read_subscription(subscription, wanted))
        .buffer_unordered(fleet.parallel);
    let mut live = Live::default();
    while let Some(reads) = reads.next().await {
        for (id, read) in reads {
            match read {
                FleetRead::Chosen(reading) => drop(live.registries.insert(id, *reading)),
                FleetRead::NotChosen(reading) => drop(live.not_chosen.insert(id, *reading)),
            }
        }
    }
    live
}

/// The read of one registry.
enum FleetRead {
    Chosen(Box<Result<Reading, Failure>>),
    /// The registry alone, which is not meant.
    NotChosen(Box<Reading>),
}

/// The reads of one run.
struct Fleet<'a> {
    client: &'a ArmClient,
    cache: Cache,
    outages: Outages,
    options: ReadOptions,
    parallel: usize,
    chosen: &'a dyn Chosen,
    say: ProgressFn<'a>,
}

impl Fleet<'_> {
    /// Reads the wanted registries of one subscription.
    async fn read_subscription(
        &self,
        subscription: &str,
        wanted: &[&RegistrySpec],
    ) -> Vec<(RegistryId, FleetRead)> {
        let mut listed = Listing::default();
        if wanted.len() > READ_ALONE {
            listed = self.list(subscription, wanted).await;
            let (listed, wanted) = (listed.len(), wanted.len());
            tracing::info!(subscription, listed, wanted, "read registries from a list");
        }
        let mut work = Vec::with_capacity(wanted.len());
        for spec in wanted {
            work.push((*spec, listed.take(spec)));
        }
        futures::stream::iter(work)
            .map(|(spec, listed)| self.read_one(spec, listed))
            .buffer_unordered(self.parallel)
            .collect()
            .await
    }

    /// Reads one registry, as far as no list has shown it, and what stands beside one that is meant.
    async fn read_one(
        &self,
        spec: &RegistrySpec,
        listed: Option<LiveRegistry>,
    ) -> (RegistryId, FleetRead) {
        let registry = &spec.id;
        (self.say)(ProgressEvent::Doing {
            registry,
            activity: "reading",
        });
        let is_listed = listed.is_some();
        let read = match listed {
            Some(listed) => Ok(listed),
            None => self.outages.read(self.client, registry).await,
        };
        let read = match read {
            Ok(live) if !self.chosen.takes(&live) => FleetRead::NotChosen(Box::new(Reading::of(live))),
            Ok(live) => {
                let read = read_beside(self.client, &self.cache, spec, live, self.options).await;
                FleetRead::Chosen(Box::new(Ok(Reading { is_listed, ..read })))
            }
            Err(failure) => FleetRead::Chosen(Box::new(Err(failure))),
        };
        (self.say)(ProgressEvent::Ended { registry });
        (registry.clone(), read)
    }

    /// Reads wanted registries of a subscription from a list, while its pages have some of them. A list that cannot be read
    /// stops nothing: its registries are read one by one, unless their subscription does not answer at all.
    async fn list(&self, subscription: &str, wanted: &[&RegistrySpec]) -> Listing {
        let scope = scope_of(subscription, wanted);
        let wanted: BTreeSet<RegistryId> = wanted.iter().map(|spec| spec.id.clone()).collect();
        let mut found = Listing::default();
        if let Err(error) = self.take_pages(subscription, &scope, &wanted, &mut found).await {
            tracing::info!(code = error.code(), %error, scope, "the list cannot be read");
        }
        found
    }

    async fn take_pages(
        &self,
        subscription: &str,
        scope: &str,
        wanted: &BTreeSet<RegistryId>,
        found: &mut Listing,
    ) -> Result<(), ArmError> {
        let first = self.client.registry_pages(scope).await;
        let (api_version, mut pages) =
            first.inspect_err(|error| self.outages.note_list(subscription, error))?;
        let mut read = 0;
        while pays(wanted.len(), found.len(), read)
            && let Some(entries) = pages.next().await?
        {
            // An entry that cannot be parsed is left to a read of its own, which names the fault.
            let page = parse_page(&api_version, &entries, Some(wanted));
            for (id, registry) in page.registries {
                found.add(id, registry);
            }
            read += 1;
        }
        Ok(())
    }
}

/// Returns true if another page of a list is worth its request, after `read` pages with `found` of the `wanted` registries.
/// A list that has none of them costs an eighth more than no list.
fn pays(wanted: usize, found: usize, read: usize) -> bool {
    wanted - found > READ_ALONE && read <= found.max(wanted / 8)
}

/// Returns the path of the list that has all of these registries: that of their group if they share one.
fn scope_of(subscription: &str, wanted: &[&RegistrySpec]) -> String {
    let group = wanted[0].id.resource_group();
    let shared = wanted
        .iter()
        .all(|spec| spec.id.resource_group().eq_ignore_ascii_case(group));
    match shared {
        true => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        false => format!("/subscriptions/{subscription}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_followed_while_it_pays() {
        for (wanted, found, read, expected) in [
            (4, 0, 0, true),
            (3, 0, 0, false),
            (10, 0, 1, true),
            (10, 0, 2, false),
            (10, 7, 2, false),
            (10, 6, 6, true),
            (500, 0, 62, true),
            (500, 0, 63, false),
        ] {
            assert_eq!(pays(wanted, found, read), expected, "{wanted} {found} {read}");
        }
    }
}
