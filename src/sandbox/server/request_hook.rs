//! What a test may watch: each request before and after it is processed, with the state of that moment.

use std::fmt;
use std::sync::Arc;

use crate::sandbox::protocol::request::Request;
use crate::sandbox::state::store::Store;
use crate::sandbox::state::types::State;

/// Called for each request, twice, while nothing else changes the state.
///
/// It must not call the sandbox: the state is locked, so it would wait for itself.
#[derive(Clone)]
pub struct RequestHook(Arc<dyn Fn(&RequestEvent<'_>) + Send + Sync>);

/// Where the processing of a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has arrived; nothing has changed yet.
    Before,
    /// It is processed and what it changed is saved; the client does not know yet. `status` is what it will be
    /// told, `None` where the connection will be cut instead.
    After { status: Option<u16> },
}

/// One request at one moment.
pub struct RequestEvent<'a> {
    pub phase: Phase,
    /// In upper case.
    pub method: &'a str,
    /// The path as sent, without its query.
    pub path: &'a str,
    store: &'a Store,
}

impl RequestEvent<'_> {
    /// The whole state at this moment, a copy.
    pub fn state(&self) -> State {
        self.store.to_state()
    }
}

impl RequestHook {
    pub fn new(call: impl Fn(&RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(crate) fn tell(&self, phase: Phase, request: &Request, store: &Store) {
        (self.0)(&RequestEvent {
            phase,
            method: request.method.as_str(),
            path: &request.path,
            store,
        });
    }
}

impl fmt::Debug for RequestHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHook")
    }
}
