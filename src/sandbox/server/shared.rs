//! Data that all connections share.

use std::sync::{Mutex, PoisonError, RwLockReadGuard};

use tokio::sync::RwLock;

use super::request_log::RequestLog;
use super::throttle::Buckets;
use crate::sandbox::data_plane::propagation::Propagation;
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::faults::play::Faults;
use crate::sandbox::options::Options;
use crate::sandbox::protocol::headers::Rates;
use crate::sandbox::state::store::Store;

/// Data that all connections of a sandbox share.
pub(crate) struct Shared {
    pub(crate) store: Mutex<Store>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) propagation: Mutex<Propagation>,
    pub(crate) buckets: Option<Mutex<Buckets>>,
    pub(crate) options: std::sync::RwLock<Options>,
    pub(crate) identity: Identity,
    pub(crate) rates: Rates,
    pub(crate) log: RequestLog,
    /// Each request holds it for reading until it is answered, so that a stop can wait for all.
    pub(crate) under_way: RwLock<()>,
}

impl Shared {
    /// Returns the current options.
    pub(crate) fn options(&self) -> RwLockReadGuard<'_, Options> {
        self.options.read().unwrap_or_else(PoisonError::into_inner)
    }
}
