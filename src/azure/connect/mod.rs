//! Connection settings: the cloud, the environment, patience, and the HTTP transport.

pub(crate) mod causes;
pub(crate) mod cloud;
pub(crate) mod env;
pub(crate) mod proxy;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::Duration;

use super::send::observer::{NoObserver, RequestObserver};
use super::sign_in::method::AuthMethod;
use cloud::Cloud;
use env::Env;

/// Settings of a client.
#[derive(Clone, Debug)]
pub struct Connection {
    pub cloud: Cloud,
    pub auth: AuthMethod,
    pub env: Env,
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Longest time of one operation, its waits and polls included.
    pub deadline: Duration,
    pub pace: Pace,
    /// Most requests in flight.
    pub parallel: usize,
    pub observer: Arc<dyn RequestObserver>,
    /// `x-ms-correlation-request-id`, the same for every request of a run.
    pub correlation_id: String,
}

/// Most requests in flight, unless the user says otherwise. With it, ten thousand registries take CPU time and not latency.
const PARALLEL: usize = 64;

/// Waits for answers in which ARM names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Wait between two polls of an operation.
    pub poll: Duration,
    /// Wait before the second try of a request. It doubles with each try.
    pub backoff: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(3),
            backoff: Duration::from_millis(500),
        }
    }
}

impl Connection {
    /// Makes a connection with the defaults: credential by environment, 15 minutes for an operation, 64 requests in flight, no observer.
    pub fn new(cloud: Cloud, env: Env) -> Self {
        Self {
            cloud,
            auth: AuthMethod::Auto,
            env,
            ca_pem: None,
            deadline: Duration::from_secs(15 * 60),
            pace: Pace::default(),
            parallel: PARALLEL,
            observer: Arc::new(NoObserver),
            correlation_id: uuid::Uuid::new_v4().to_string(),
        }
    }
}
