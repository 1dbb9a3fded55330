//! Starting, answering and stopping.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLockReadGuard};
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::connection::{self, Connections};
use super::first_byte_timeout::Patience;
use super::request_log::RequestLog;
use super::throttle::Buckets;
use super::tls::{self, TlsError};
use crate::sandbox::data_plane::Propagation;
use crate::sandbox::entra::access_token::Signer;
use crate::sandbox::entra::managed_identity;
use crate::sandbox::faults::Faults;
use crate::sandbox::protocol::headers::Rates;
use crate::sandbox::state::error::StateError;
use crate::sandbox::state::store::Store;
use crate::sandbox::state::{default_tenant, open};
use crate::sandbox::{Options, Ready};

/// How long requests under way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long clients have to close their connections after that.
const GOODBYE: Duration = Duration::from_millis(300);

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SandboxError {
    #[error("the sandbox cannot listen on `{address}`")]
    #[diagnostic(help("give a free address with `--listen`, such as `--listen 127.0.0.1:0`"))]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the sandbox could not make its certificate")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    State(#[from] StateError),
    #[error("the seed is not a sandbox state: {reason}")]
    #[diagnostic(help("correct the resource in the seed"))]
    Seed { reason: String },
    #[error("request log `{}` could not be opened", path.display())]
    #[diagnostic(help("give `--request-log` a path in a folder that exists and is writable"))]
    RequestLog { path: PathBuf, source: std::io::Error },
}

/// The one application that the authority knows.
pub(crate) struct Identity {
    pub(crate) signer: Signer,
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// The secret of the managed identity's endpoint.
    pub(crate) identity_header: String,
    /// Seconds.
    pub(crate) token_lifetime: i64,
    /// The address that the sandbox announces.
    pub(crate) base: String,
}

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] lets requests under way finish.
pub struct Sandbox {
    ready: Ready,
    shared: Arc<Shared>,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
    /// Ends with this.
    _managed_identity: Option<managed_identity::Server>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) store: Mutex<Store>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) propagation: Mutex<Propagation>,
    pub(crate) buckets: Option<Mutex<Buckets>>,
    options: std::sync::RwLock<Options>,
    pub(crate) identity: Identity,
    pub(crate) rates: Rates,
    pub(crate) log: RequestLog,
    /// Each request holds it for reading until it is answered.
    pub(crate) under_way: RwLock<()>,
}

impl Shared {
    /// How the sandbox behaves now.
    pub(crate) fn options(&self) -> RwLockReadGuard<'_, Options> {
        self.options.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a sandbox. It answers as soon as this returns.
pub async fn start(mut options: Options) -> Result<Sandbox, SandboxError> {
    let seed = std::mem::take(&mut options.seed);
    let store = open::store(&options, seed).await?;
    let log = open_log(&options)?;
    let (listener, address) = listen(options.listen)?;
    let tls = tls::make(address.ip(), options.announce.as_deref())?;
    let identity = identity(&store, &options, address);
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
        .map(|inner| Patience {
            inner,
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

fn identity(store: &Store, options: &Options, address: SocketAddr) -> Identity {
    let tenant = store
        .subscriptions
        .first()
        .map(|subscription| subscription.tenant.clone());
    Identity {
        signer: Signer::new(),
        tenant_id: tenant.unwrap_or_else(default_tenant),
        client_id: Uuid::new_v4().to_string(),
        client_secret: Uuid::new_v4().simple().to_string(),
        identity_header: Uuid::new_v4().simple().to_string(),
        token_lifetime: i64::try_from(options.token_lifetime.as_secs()).unwrap_or(i64::MAX / 2),
        base: base(options.announce.as_deref(), address),
    }
}

/// The origin that clients use.
fn base(announce: Option<&str>, address: SocketAddr) -> String {
    let port = address.port();
    match announce {
        Some(name) if name.parse::<Ipv6Addr>().is_ok() => format!("https://[{name}]:{port}"),
        Some(name) => format!("https://{name}:{port}"),
        None if address.ip().is_unspecified() => format!("https://localhost:{port}"),
        None => format!("https://{address}"),
    }
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
