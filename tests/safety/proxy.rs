//! A man in the middle between the binary and a sandbox: it passes requests on, records the answers, and spoils one.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use ringfence::sandbox::Ready;

use crate::loopback_tls::loopback_tls;
use crate::rig::block_on;
use crate::spoil::{self, How};

/// Longer than any run.
const NEVER: Duration = Duration::from_secs(86_400);

/// Most bytes of a request.
const LARGEST: usize = 1 << 20;

/// The certificate of all proxies, and its CA in PEM.
static TLS: LazyLock<(RustlsConfig, String)> = LazyLock::new(|| {
    let (config, ca_pem) = loopback_tls("ringfence tests", &["127.0.0.1", "localhost"]);
    (RustlsConfig::from_config(Arc::new(config)), ca_pem)
});

/// Place of an answer in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Method and path in lower case, without what the service makes up.
    pub(crate) request: String,
    /// Number of answers to the same request before it.
    pub(crate) nth: usize,
}

/// Damage to one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// A field of the body, by its JSON pointer.
    Field(String, How),
    Header(&'static str, How),
    /// It never comes.
    Late,
    /// Half of the body comes, then the connection ends.
    Truncated,
    /// The connection ends without a body.
    Dropped,
    /// The request is sent twice, and the second answer comes.
    Repeated,
    /// The answer to the same request before it comes again.
    Stale,
}

/// An answer on its way.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) place: Place,
    status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The proxy. It ends when it is dropped.
pub(crate) struct Proxy {
    link: Arc<Link>,
    handle: Handle<std::net::SocketAddr>,
}

/// What the connections of one proxy share.
struct Link {
    /// The origin of the sandbox.
    sandbox: String,
    /// The origin of the proxy.
    own: String,
    client: reqwest::Client,
    damage: Option<(Place, Damage)>,
    pause: Mutex<Option<Pause>>,
    /// Number of requests so far.
    requests: AtomicUsize,
    answers: Mutex<Vec<Answer>>,
}

/// Work that is done before the request with this number, counted from 1, is passed on.
pub(crate) struct Pause {
    pub(crate) before: usize,
    pub(crate) work: Box<dyn FnOnce() + Send>,
}

impl Proxy {
    /// Starts a proxy in front of a sandbox. It does this damage.
    pub(crate) fn start(ready: &Ready, damage: Option<(Place, Damage)>) -> Self {
        Self::between(ready, damage, None)
    }

    /// Starts a proxy that does something else in between.
    pub(crate) fn pausing(ready: &Ready, pause: Option<Pause>) -> Self {
        Self::between(ready, None, pause)
    }

    fn between(ready: &Ready, damage: Option<(Place, Damage)>, pause: Option<Pause>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket can be so");
        let port = listener.local_addr().expect("it is bound").port();
        let ca = reqwest::Certificate::from_pem(ready.ca_pem.as_bytes()).expect("a certificate");
        let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy();
        let link = Arc::new(Link {
            sandbox: ready.arm.clone(),
            own: format!("https://127.0.0.1:{port}"),
            client: client.build().expect("a client"),
            damage,
            pause: Mutex::new(pause),
            requests: AtomicUsize::default(),
            answers: Mutex::default(),
        });
        let shared = link.clone();
        let app = axum::Router::new().fallback(move |request| pass(shared.clone(), request));
        let handle = Handle::new();
        let served = handle.clone();
        block_on(async move {
            let server = axum_server::from_tcp_rustls(listener, TLS.0.clone()).expect("a server");
            tokio::spawn(server.handle(served).serve(app.into_make_service()));
        });
        Self { link, handle }
    }

    /// The origin of the proxy.
    pub(crate) fn url(&self) -> &str {
        &self.link.own
    }

    /// The CA of the proxy in PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        &TLS.1
    }

    /// The number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.link.requests.load(Ordering::Relaxed)
    }

    /// The answers so far, undamaged.
    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.link
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

async fn pass(link: Arc<Link>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST)
        .await
        .expect("the binary sends small bodies");
    link.pause().await;
    let answer = link.ask(&parts, &body).await;
    let (answer, before) = link.record(answer);
    let damage = match &link.damage {
        Some((place, damage)) if *place == answer.place => damage,
        _ => return answer.whole(),
    };
    match damage {
        Damage::Field(pointer, how) => Answer {
            body: spoil::field(&answer.body, pointer, *how),
            ..answer
        }
        .whole(),
        Damage::Header(name, how) => {
            let mut answer = answer;
            spoil::header(&mut answer.headers, name, *how);
            answer.whole()
        }
        Damage::Late => {
            tokio::time::sleep(NEVER).await;
            answer.whole()
        }
        Damage::Truncated => answer.cut_after_half(),
        Damage::Dropped => Answer {
            body: Bytes::new(),
            ..answer
        }
        .cut_after_half(),
        Damage::Repeated => link.ask(&parts, &body).await.whole(),
        Damage::Stale => before.unwrap_or(answer).whole(),
    }
}

impl Link {
    /// Does the work before this request, if there is any.
    async fn pause(&self) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let work = {
            let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
            pause.take_if(|pause| pause.before == number)
        };
        if let Some(pause) = work {
            let done = tokio::task::spawn_blocking(pause.work).await;
            done.expect("the work does not panic");
        }
    }

    /// Sends a request to the sandbox. Links in the answer lead to the proxy.
    async fn ask(&self, parts: &Parts, body: &Bytes) -> Answer {
        let url = format!("{}{}", self.sandbox, parts.uri);
        let mut request = self.client.request(parts.method.clone(), url);
        for (name, value) in &parts.headers {
            if *name != header::HOST && *name != header::CONTENT_LENGTH {
                request = request.header(name, value);
            }
        }
        let answer = request.body(body.clone()).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let mut headers = HeaderMap::new();
        for (name, value) in answer.headers() {
            if *name != header::CONTENT_LENGTH && *name != header::TRANSFER_ENCODING {
                let value = value.to_str().expect("text").replace(&self.sandbox, &self.own);
                headers.append(name, HeaderValue::from_str(&value).expect("text"));
            }
        }
        let text = answer.text().await.expect("a body");
        Answer {
            place: Place {
                request: shown(parts),
                nth: 0,
            },
            status,
            headers,
            body: text.replace(&self.sandbox, &self.own).into(),
        }
    }

    /// Gives an answer its place and keeps a copy. Returns the answer to the same request before it too.
    fn record(&self, mut answer: Answer) -> (Answer, Option<Answer>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = None;
        for known in answers.iter() {
            if known.place.request == answer.place.request {
                answer.place.nth += 1;
                before = Some(known.clone());
            }
        }
        answers.push(answer.clone());
        (answer, before)
    }
}

/// Returns method and path in lower case, without the name of an operation.
fn shown(parts: &Parts) -> String {
    let mut path = parts.uri.path().to_lowercase();
    if let Some((head, _)) = path.split_once("/operations/") {
        path = format!("{head}/operations/");
    }
    format!("{} {path}", parts.method)
}

impl Answer {
    fn whole(self) -> Response<Body> {
        let body = Body::from(self.body.clone());
        self.with(body)
    }

    /// Ends the connection after half of the body.
    fn cut_after_half(self) -> Response<Body> {
        let half = self.body.slice(..self.body.len() / 2);
        let parts = [Ok(half), Err(std::io::Error::other("cut"))];
        self.with(Body::from_stream(futures::stream::iter(parts)))
    }

    fn with(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status.try_into().expect("a status");
        *response.headers_mut() = self.headers;
        response
    }
}
