//! What registries of one run share: virtual networks that take one write at a time, and registrations that
//! are needed once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as AsyncMutex;

use crate::model::SubnetId;

/// Shared by the registries of one run.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    vnets: Mutex<BTreeMap<String, Arc<AsyncMutex<Vnet>>>>,
    subscriptions: Mutex<BTreeMap<String, Arc<AsyncMutex<bool>>>>,
}

/// A virtual network in the course of a run. Whoever holds it may write one of its subnets.
#[derive(Debug, Default)]
pub(crate) struct Vnet {
    /// A subnet of it was written, so every etag read before is old: subnets share the network's etag
    /// (recorded: azure-cli test_acr_network_rule, 2021-02).
    pub(crate) written: bool,
    /// Subnets whose endpoint this run has turned on.
    pub(crate) enabled: BTreeSet<SubnetId>,
}

impl Shared {
    /// The virtual network that `subnet` is in.
    pub(crate) fn vnet(&self, subnet: &SubnetId) -> Arc<AsyncMutex<Vnet>> {
        slot(&self.vnets, subnet.vnet_key())
    }

    /// Whether this run has registered the provider in the subscription.
    pub(crate) fn subscription(&self, subscription: &str) -> Arc<AsyncMutex<bool>> {
        slot(&self.subscriptions, &subscription.to_ascii_lowercase())
    }
}

fn slot<T: Default>(map: &Mutex<BTreeMap<String, Arc<AsyncMutex<T>>>>, key: &str) -> Arc<AsyncMutex<T>> {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    map.entry(key.to_owned()).or_default().clone()
}
