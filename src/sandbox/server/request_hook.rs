//! A hook for tests: it sees each request before and after it is processed, with the state of that moment.

use std::fmt;
use std::sync::Arc;

use crate::sandbox::protocol::request::Request;
use crate::sandbox::state::store::Store;
use crate::sandbox::state::types::State;

/// A function that is called twice for each request, while nothing else changes the state.
///
/// It must not call the sandbox. The state is locked, so the call would never return.
#[derive(Clone)]
pub struct RequestHook(Arc<dyn Fn(&RequestEvent<'_>) + Send + Sync>);

/// Moment of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The request has arrived and has changed nothing yet.
    Before,
    /// The request is processed and its changes are saved. The client has no answer yet.
    After {
        /// Status of the answer, `None` if the connection will be cut instead.
        status: Option<u16>,
    },
}

/// A request at one moment.
pub struct RequestEvent<'a> {
    /// Moment of this call.
    pub phase: Phase,
    /// Method in upper case.
    pub method: &'a str,
    /// Path as sent, without its query.
    pub path: &'a str,
    /// Name of the host that is asked, which tells registries apart.
    pub host: &'a str,
    store: &'a Store,
}

impl RequestEvent<'_> {
    /// Returns a copy of the whole state at this moment.
    pub fn state(&self) -> State {
        self.store.to_state()
    }
}

impl RequestHook {
    /// Makes a hook of a function.
    pub fn new(call: impl Fn(&RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(crate) fn call(&self, phase: Phase, request: &Request, store: &Store) {
        (self.0)(&RequestEvent {
            phase,
            method: request.method.as_str(),
            path: &request.path,
            host: &request.host.name,
            store,
        });
    }
}

impl fmt::Debug for RequestHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHook")
    }
}
