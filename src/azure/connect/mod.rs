//! How to reach ARM, and how patiently.

pub(crate) mod cloud;
pub(crate) mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::send::observer::{Observer, Silent};
use super::sign_in::method::AuthMethod;
use cloud::Cloud;

/// The environment, as the caller read it: the library reads none itself.
pub type Env = BTreeMap<String, String>;

/// How to reach ARM.
#[derive(Clone, Debug)]
pub struct Connection {
    pub cloud: Cloud,
    pub auth: AuthMethod,
    pub env: Env,
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// The longest that one operation may take, its waits and polls included.
    pub deadline: Duration,
    pub pace: Pace,
    pub observer: Arc<dyn Observer>,
    /// `x-ms-correlation-request-id`, the same for every request of a run.
    pub correlation_id: String,
}

/// Waits where ARM does not name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two polls of an operation.
    pub poll: Duration,
    /// Before the second try of a request; doubled each time.
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
    /// A connection with the defaults: credential by environment, 15 minutes for an operation, no observer.
    pub fn new(cloud: Cloud, env: Env) -> Self {
        Self {
            cloud,
            auth: AuthMethod::Auto,
            env,
            ca_pem: None,
            deadline: Duration::from_secs(15 * 60),
            pace: Pace::default(),
            observer: Arc::new(Silent),
            correlation_id: uuid::Uuid::new_v4().to_string(),
        }
    }
}
