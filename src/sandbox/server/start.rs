//! Starts and stops a sandbox.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use super::connection::{self, Connections};
use super::error::SandboxError;
use super::first_byte_timeout::FirstByteTimeout;
use super::ready::Ready;
use super::request_log::RequestLog;
use super::shared::Shared;
use super::throttle::Buckets;
use super::tls;
use crate::sandbox::data_plane::propagation::Propagation;
use crate::sandbox::entra::identity::Identity;
use crate::sandbox::entra::managed_identity;
use crate::sandbox::faults::play::Faults;
use crate::sandbox::options::Options;
use crate::sandbox::protocol::headers::Rates;
use crate::sandbox::state::open;
use crate::sandbox::state::store::Store;

/// Time that requests under way have when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);
/// Time that clients then have to close their connections.
const GOODBYE: Duration = Duration::from_millis(300);

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] waits for requests under way.
pub struct Sandbox {
    ready: Ready,
    shared: Arc<Shared>,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
    /// Stops when dropped.
    _managed_identity: Option<managed_identity::Server>,
}

/// Starts a sandbox, which answers requests as soon as this returns.
///
/// # Errors
///
/// [`SandboxError`] if the state, the seed or the request log cannot be used, or the address is not free.
pub async fn start(mut options: Options) -> Result<Sandbox, SandboxError> {
    // The state and the log come first: without them nothing listens.
    let seed = std::mem::take(&mut options.seed);
    let store = open::store(&options, seed).await?;
    let log = open_log(&options)?;
    let address = options.listen;
    let (listener, address) =
        listen(address).map_err(|source| SandboxError::Listen { address, source })?;
    // The certificate and the identity name the address that is listened on.
    let tls = tls::make(address.ip(), &options.announce)?;
    let identity = Identity::new(&store, &options, address);
    // The announcement reads the state, which the connections own from then on.
    let mut ready = announce(&store, &options, &identity, tls.ca_pem);
    let shared = Arc::new(Shared {
        store: Mutex::new(store),
        propagation: Mutex::new(Propagation::new(options.propagation)),
        buckets: options.throttle.map(Buckets::new).map(Mutex::new),
        faults: Mutex::new(Faults::new(options.faults.clone())),
        options: std::sync::RwLock::new(options),
        identity,
        rates: Rates::default(),
        log,
        under_way: RwLock::default(),
    });
    let managed_identity = serve_identity(&shared, &mut ready)?;
    // The server ends silent connections and sends small answers at once.
    let handle = Handle::new();
    let mut server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls.config))
        .map_err(|source| SandboxError::Listen { address, source })?
        .map(|inner| FirstByteTimeout {
            // Nagle's algorithm would hold back the end of an answer until the client acknowledges its beginning.
            inner: inner.acceptor(NoDelayAcceptor::new()),
            time: connection::HEAD_TIME,
        })
        .handle(handle.clone());
    connection::limit(server.http_builder());
    let task = tokio::spawn(server.serve(Connections(Arc::clone(&shared))));
    Ok(Sandbox {
        ready,
        shared,
        handle,
        task,
        _managed_identity: managed_identity,
    })
}

/// Starts the managed identity and announces it, if the options ask for one.
fn serve_identity(
    shared: &Arc<Shared>,
    ready: &mut Ready,
) -> Result<Option<managed_identity::Server>, SandboxError> {
    if !shared.options().managed_identity {
        return Ok(None);
    }
    // Plain http with a secret must not leave the machine.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    match managed_identity::start(shared) {
        Ok((server, announced)) => {
            ready.managed_identity = Some(announced);
            Ok(Some(server))
        }
        Err(source) => Err(SandboxError::Listen { address, source }),
    }
}

impl Sandbox {
    /// Returns its address and credentials.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Changes the options from the next request on. `listen`, the files and the seed are read at the start only.
    pub fn change(&self, change: impl FnOnce(&mut Options)) {
        let options = &self.shared.options;
        change(&mut options.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Puts a resource into the state, as another client's write would.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Seed`] if the resource does not have the shape that a state file has.
    pub fn put(&self, resource: serde_json::Value) -> Result<(), SandboxError> {
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        match store.add(resource) {
            Ok(()) => Ok(()),
            Err(reason) => Err(SandboxError::Seed { reason }),
        }
    }

    /// Removes a resource and all resources below it, as another client's deletion would.
    pub fn remove(&self, id: &str) {
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.remove(&id.to_ascii_lowercase());
    }

    /// Stops listening, waits up to 2 s for requests under way, and ends.
    pub async fn stop(mut self) {
        self.handle.listening().await;
        self.handle.graceful_shutdown(None);
        if tokio::time::timeout(GRACE, self.shared.under_way.write())
            .await
            .is_err()
        {
            tracing::warn!("requests to the sandbox were cut off");
        }
        // A client that keeps an idle connection open is not waited for.
        let _ = tokio::time::timeout(GOODBYE, &mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
        self.handle.shutdown();
        // A connection may live a moment longer; it must not write to the state file any more.
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.close();
    }
}

fn open_log(options: &Options) -> Result<RequestLog, SandboxError> {
    let path = options.request_log.as_deref();
    match RequestLog::open(path) {
        Ok(log) => Ok(log),
        Err(source) => Err(SandboxError::RequestLog {
            path: path.unwrap_or(Path::new("")).to_owned(),
            source,
        }),
    }
}

/// Listens at once, so that a client that connects before the server is polled waits and does not fail.
fn listen(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

fn announce(store: &Store, options: &Options, identity: &Identity, ca_pem: String) -> Ready {
    let mut subscriptions = Vec::new();
    for subscription in &store.subscriptions {
        subscriptions.push(subscription.id.clone());
    }
    // ARM and the authority are one origin; the managed identity announces itself.
    Ready {
        arm: identity.own.base.clone(),
        authority: identity.own.base.clone(),
        announced: options.announce.clone(),
        ca_pem,
        tenant_id: identity.tenant_id.clone(),
        client_id: identity.client_id.clone(),
        client_secret: identity.client_secret.clone(),
        subscriptions,
        managed_identity: None,
    }
}
