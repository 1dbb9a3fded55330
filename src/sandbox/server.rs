//! Starting, answering and stopping.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use axum::routing::any;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::answer::Answer;
use super::headers::{self, Rates};
use super::log::RequestLog;
use super::request::Request;
use super::state::{State, StateError, default_tenant};
use super::store::Store;
use super::tls::{self, TlsError};
use super::token::Signer;
use super::{Options, Ready, arm, authority, errors};

/// ARM's documented limit for a request body.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// How long requests under way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);

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
    #[error("request log `{}` could not be opened: {source}", path.display())]
    #[diagnostic(help("give `--request-log` a path in a folder that exists and is writable"))]
    RequestLog { path: PathBuf, source: std::io::Error },
}

/// The one application that the authority knows.
pub(super) struct Identity {
    pub(super) signer: Signer,
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Seconds.
    pub(super) token_lifetime: i64,
    /// The address that the sandbox announces.
    pub(super) base: String,
}

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] lets requests under way finish.
pub struct Sandbox {
    ready: Ready,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
}

struct Shared {
    store: Mutex<Store>,
    options: Options,
    identity: Identity,
    rates: Rates,
    log: RequestLog,
}

/// Starts a sandbox. It answers as soon as this returns.
pub async fn start(options: Options) -> Result<Sandbox, SandboxError> {
    let store = open_store(&options)?;
    let log = open_log(&options)?;
    let (listener, address) = listen(options.listen)?;
    let tls = tls::make(address.ip())?;
    let identity = identity(&store, &options, address);
    let ready = announce(&store, &identity, tls.ca_pem);
    let shared = Arc::new(Shared {
        store: Mutex::new(store),
        options,
        identity,
        rates: Rates::default(),
        log,
    });
    let app = any(move |request: axum::extract::Request| handle(Arc::clone(&shared), request));
    let handle = Handle::new();
    let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls.config))
        .map_err(|source| SandboxError::Listen { address, source })?
        .handle(handle.clone());
    let task = tokio::spawn(server.serve(axum::Router::new().fallback_service(app).into_make_service()));
    Ok(Sandbox { ready, handle, task })
}

impl Sandbox {
    /// How to reach it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Stops listening, lets requests under way finish, and ends.
    pub async fn stop(mut self) {
        self.handle.listening().await;
        self.handle.graceful_shutdown(Some(GRACE));
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            tracing::warn!("requests to the sandbox were cut off");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
        self.handle.shutdown();
    }
}

fn open_store(options: &Options) -> Result<Store, SandboxError> {
    let path = options.state_file.as_deref();
    let loaded = path.map(State::load_if_there).transpose()?.flatten();
    let found = loaded.is_some();
    let state = loaded.unwrap_or_else(|| options.seed.clone());
    let mut store = Store::new(state).map_err(|reason| SandboxError::Seed { reason })?;
    // A file that was read is left as it is until something changes.
    store.dirty = !found;
    store.save(path)?;
    Ok(store)
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
    let base = if address.ip().is_unspecified() {
        format!("https://localhost:{}", address.port())
    } else {
        format!("https://{address}")
    };
    Identity {
        signer: Signer::new(),
        tenant_id: tenant.unwrap_or_else(default_tenant),
        client_id: Uuid::new_v4().to_string(),
        client_secret: Uuid::new_v4().simple().to_string(),
        token_lifetime: i64::try_from(options.token_lifetime.as_secs()).unwrap_or(i64::MAX / 2),
        base,
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
    }
}

async fn handle(shared: Arc<Shared>, request: axum::extract::Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let read = axum::body::to_bytes(body, BODY_LIMIT).await;
    let bytes = read.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let request = Request::new(
        parts.method,
        &parts.uri,
        parts.headers,
        bytes,
        &shared.identity.base,
    );
    let too_large = read.is_err();
    let answered = if request.method == Method::GET {
        shared.answer(request, too_large, started)
    } else {
        // A write waits for the disk.
        let shared = Arc::clone(&shared);
        let task = tokio::task::spawn_blocking(move || shared.answer(request, too_large, started));
        task.await
            .unwrap_or_else(|_| errors::internal("the request handler failed"))
    };
    into_response(answered)
}

impl Shared {
    /// Answers, saves what changed and logs. One request at a time: the lock is what makes writes atomic.
    fn answer(&self, request: Request, too_large: bool, started: Instant) -> Answer {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let tenants = self.tenants(&store);
        let from_authority = authority::answer(&self.identity, &tenants, &request);
        let secret = from_authority.is_some();
        let answer = match from_authority {
            _ if too_large => errors::too_large(),
            Some(answer) => answer,
            None => arm::answer(&mut store, &self.options, &self.identity, &request),
        };
        let answer = match store.save(self.options.state_file.as_deref()) {
            Ok(()) => answer,
            Err(error) => errors::internal(&error.to_string()),
        };
        drop(store);
        self.log
            .write(&request, secret, answer.status.as_u16(), started.elapsed());
        if secret {
            answer
        } else {
            headers::add(answer, &request, &self.rates)
        }
    }

    /// Tenants that the authority knows.
    fn tenants(&self, store: &Store) -> Vec<String> {
        let mut tenants = vec![self.identity.tenant_id.clone()];
        tenants.extend(
            store
                .subscriptions
                .iter()
                .map(|subscription| subscription.tenant.clone()),
        );
        tenants
    }
}

fn into_response(answer: Answer) -> Response {
    let body = answer.body.map(|body| body.to_string());
    let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = answer.status;
    *response.headers_mut() = *answer.headers;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
