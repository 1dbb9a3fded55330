//! Reads that several registries of a run share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::types::{Egress, Live, LiveSubnet};
use crate::model::{Failure, Setting, SubnetId};
use crate::spec::Spec;

/// Subnets and providers of a run. Each is read once, however many registries name it.
#[derive(Debug, Default)]
pub struct Cache {
    /// By [`SubnetId::key`](crate::model::SubnetId).
    pub(crate) subnets: OnceMap<LiveSubnet>,
    /// The subnets of whole virtual networks, by [`SubnetId::vnet_key`](crate::model::SubnetId::vnet_key).
    pub(crate) networks: OnceMap<Arc<BTreeMap<SubnetId, LiveSubnet>>>,
    /// Virtual networks of which the spec names several subnets, by their key. They are read as a whole for every registry,
    /// or one registry would read a subnet alone that another reads with the rest.
    pub(crate) shared_networks: BTreeSet<String>,
    /// The addresses of NAT gateways, by [`ResourceId::key`](crate::model::ResourceId).
    pub(crate) nat_gateways: OnceMap<Egress>,
    /// By subscription, in lower case.
    pub(crate) registrations: OnceMap<Result<String, Failure>>,
}

impl Cache {
    /// Returns an empty cache for the registries of a spec.
    pub(crate) fn for_spec(spec: &Spec) -> Self {
        let mut named = Vec::new();
        for registry in &spec.registries {
            let listed = registry.settings.rules(Setting::VirtualNetworkRules);
            for listed in listed.unwrap_or_default() {
                named.extend(listed.rule.subnet());
            }
        }
        Self::for_subnets(named)
    }

    /// Returns an empty cache for the rules of these registries.
    pub(crate) fn for_live(live: &Live) -> Self {
        let mut named = Vec::new();
        for reading in live.registries.values().flatten() {
            let rules = reading.registry.settings.rules(Setting::VirtualNetworkRules);
            for rule in rules.unwrap_or_default() {
                named.extend(rule.subnet());
            }
        }
        Self::for_subnets(named)
    }

    fn for_subnets(ids: Vec<&SubnetId>) -> Self {
        let mut named: BTreeMap<&str, BTreeSet<&SubnetId>> = BTreeMap::new();
        for id in ids {
            named.entry(id.vnet_key()).or_default().insert(id);
        }
        named.retain(|_, subnets| subnets.len() > 1);
        Self {
            shared_networks: named.into_keys().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Returns a subnet that was read already, alone or with its network.
    pub(crate) fn known_subnet(&self, id: &SubnetId) -> Option<LiveSubnet> {
        let network = self.networks.known(id.vnet_key());
        let listed = network.and_then(|subnets| subnets.get(id).cloned());
        listed.or_else(|| self.subnets.known(id.key()))
    }
}

/// Map whose values are made once. The first reader of a key makes its value while the others wait.
#[derive(Debug)]
pub(crate) struct OnceMap<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for OnceMap<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> OnceMap<T> {
    /// Returns the value at `key`. Reads it with `read` if it is not there yet.
    pub(crate) async fn get(&self, key: &str, read: impl Future<Output = T>) -> T {
        let cell = {
            // The lock must not be held while the value is read.
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(key.to_owned()).or_default().clone()
        };
        cell.get_or_init(|| read).await.clone()
    }

    /// Returns the value at `key` if it has been read.
    fn known(&self, key: &str) -> Option<T> {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(key)?.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn concurrent_readers_of_a_key_share_one_read() {
        let map = OnceMap::default();
        let reads = AtomicUsize::new(0);
        let read = || async { reads.fetch_add(1, Ordering::Relaxed) };
        let (first, second) = futures::join!(map.get("a", read()), map.get("a", read()));
        assert_eq!((first, second), (0, 0));
        assert_eq!(map.get("b", read()).await, 1);
    }
}
