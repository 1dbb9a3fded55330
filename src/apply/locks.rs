//! Locks that the registries of one run share: a virtual network takes one write at a time, and a provider is
//! registered once per subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as AsyncMutex;

use crate::model::SubnetId;

/// One lock per key, made on first use.
type LockMap<T> = Mutex<BTreeMap<String, Arc<AsyncMutex<T>>>>;

/// The locks of one run.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    vnets: LockMap<VnetState>,
    subscriptions: LockMap<bool>,
}

/// The writes of this run to one virtual network. The holder of its lock may write one of its subnets.
#[derive(Debug, Default)]
pub(crate) struct VnetState {
    /// True once one of its subnets was written. Every etag read before is then old: subnets share the network's etag
    /// (recorded: azure-cli test_acr_network_rule, 2021-02).
    pub(crate) written: bool,
    /// Subnets whose endpoint this run has turned on or found on.
    pub(crate) enabled: BTreeSet<SubnetId>,
}

impl Locks {
    /// Returns the lock of the virtual network of `subnet`.
    pub(crate) fn vnet(&self, subnet: &SubnetId) -> Arc<AsyncMutex<VnetState>> {
        lock_for(&self.vnets, subnet.vnet_key())
    }

    /// Returns the lock of a subscription. The value is true once this run has registered the provider there.
    pub(crate) fn subscription(&self, subscription: &str) -> Arc<AsyncMutex<bool>> {
        lock_for(&self.subscriptions, &subscription.to_ascii_lowercase())
    }
}

fn lock_for<T: Default>(locks: &LockMap<T>, key: &str) -> Arc<AsyncMutex<T>> {
    // A panic elsewhere leaves the map whole: it only ever gains locks.
    let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
    locks.entry(key.to_owned()).or_default().clone()
}
