//! Starting, answering and stopping.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
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

/// How long requests under way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long clients have to close their connections after that.
const GOODBYE: Duration = Duration::from_millis(300);

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] lets requests under way finish.
pub struct Sandbox {
    ready: Ready,
    shared: Arc<Shared>,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
    /// Ends with this.
    _managed_identity: Option<managed_identity::Server>,
}

/// Starts a sandbox. It answers as soon as this returns.
pub async fn start(mut options: Options) -> Result<Sandbox, SandboxError> {
    let seed = std::mem::take(&mut options.seed);
    let store = open::store(&options, seed).await?;
    let log = open_log(&options)?;
    let (listener, address) = listen(options.listen)?;
    let tls = tls::make(address.ip(), options.announce.as_deref())?;
    let identity = Identity::new(&store, &options, address);
    let mut ready = announce(&store, &identity, tls.ca_pem);
    let shared = Arc::new(Shared {
        store: Mutex::new(store),
        propagation: Mutex::new(Propagation::new(options.propagation)),
        buckets: options.throttle.map(|limits| Mutex::new(Buckets::new(limits))),
        faults: Mutex::new(Faults::new(options.faults.clone(), options.retry_after)),
        options: std::sync::RwLock::new(options),
        identity,
        rates: Rates::default(),
        log,
        under_way: RwLock::default(),
    });
    let managed_identity = serve_identity(&shared, &mut ready)?;
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

/// Starts the managed identity where it is wanted, and announces it.
fn serve_identity(
    shared: &Arc<Shared>,
    ready: &mut Ready,
) -> Result<Option<managed_identity::Server>, SandboxError> {
    if !shared.options().managed_identity {
        return Ok(None);
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (server, announced) =
        managed_identity::start(shared).map_err(|source| SandboxError::Listen { address, source })?;
    ready.managed_identity = Some(announced);
    Ok(Some(server))
}

impl Sandbox {
    /// How to reach it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Changes how it behaves from the next request on, as Azure's load and owners do. `listen`, the files and
    /// the seed are read at the start only.
    pub fn change(&self, change: impl FnOnce(&mut Options)) {
        change(
            &mut self
                .shared
                .options
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Puts a resource into the state, as another client's write would. The shapes are those of a state file.
    pub fn put(&self, resource: serde_json::Value) -> Result<(), SandboxError> {
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        store
            .add(resource)
            .map_err(|reason| SandboxError::Seed { reason })
    }

    /// Takes a resource, and all below it, out of the state, as another client's deletion would.
    pub fn remove(&self, id: &str) {
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.remove(&id.to_ascii_lowercase());
    }

    /// Stops listening, lets requests under way finish, and ends.
    pub async fn stop(mut self) {
        self.handle.listening().await;
        self.handle.graceful_shutdown(None);
        if tokio::time::timeout(GRACE, self.shared.under_way.write())
            .await
            .is_err()
        {
            tracing::warn!("requests to the sandbox were cut off");
        }
        // A client that keeps its idle connection, and does not react, is not waited for.
        let _ = tokio::time::timeout(GOODBYE, &mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
        self.handle.shutdown();
        // Connections may outlive this for a moment.
        let mut store = self.shared.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.close();
    }
}

fn open_log(options: &Options) -> Result<RequestLog, SandboxError> {
    let path = options.request_log.as_deref();
    RequestLog::open(path).map_err(|source| SandboxError::RequestLog {
        path: path.unwrap_or_else(|| std::path::Path::new("")).to_owned(),
        source,
    })
}

/// Listens at once, so that a client that connects before the first poll of the server waits, not fails.
fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SandboxError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bind().map_err(|source| SandboxError::Listen { address, source })
}

fn announce(store: &Store, identity: &Identity, ca_pem: String) -> Ready {
    Ready {
        arm: identity.base.clone(),
        authority: identity.base.clone(),
        ca_pem,
        tenant_id: identity.tenant_id.clone(),
        client_id: identity.client_id.clone(),
        client_secret: identity.client_secret.clone(),
        subscriptions: store.subscriptions.iter().map(|known| known.id.clone()).collect(),
        managed_identity: None,
    }
}
