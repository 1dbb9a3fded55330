//! A server with scripted answers that records its requests.

use std::collections::{BTreeMap, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use futures::stream;
use ringfence::azure::{
    ArmClient, AuthMethod, Cloud, Connection, Env, Pace, RequestObserver, WaitEvent,
};
use serde_json::{Value, json};
use url::Url;

use crate::loopback_tls::loopback_tls;

pub(crate) const TENANT: &str = "00000000-0000-0000-0000-000000000001";
pub(crate) const REGISTRY: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
pub(crate) const SUBNET: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// The connection breaks after the body.
    breaks: bool,
}

/// One request as received.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

#[derive(Debug, Default)]
struct Script {
    /// Answers by method and path. The last answer is repeated.
    answers: BTreeMap<(String, String), VecDeque<Answer>>,
    seen: Vec<Seen>,
}

/// The server. It runs until the test's runtime is dropped.
pub(crate) struct Stub {
    pub(crate) url: Url,
    pub(crate) ca_pem: String,
    script: Arc<Mutex<Script>>,
    pub(crate) events: Arc<Recorder>,
}

/// An observer that records events.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<WaitEvent>>);

impl RequestObserver for Recorder {
    fn notice(&self, event: &WaitEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Recorder {
    pub(crate) fn all(&self) -> Vec<WaitEvent> {
        self.0.lock().unwrap().clone()
    }
}

/// A JSON answer.
pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    raw(status, "application/json", body.to_string().as_bytes())
}

pub(crate) fn raw(status: u16, content_type: &str, body: &[u8]) -> Answer {
    Answer {
        status,
        headers: vec![("content-type".into(), content_type.into())],
        body: body.to_vec(),
        breaks: false,
    }
}

/// An error in the format of ARM's front door.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    answer(status, &json!({"error": {"code": code, "message": message}}))
        .with("x-ms-request-id", "request-of-the-service")
}

impl Answer {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same answer with changed header values.
    pub(crate) fn map_headers(mut self, change: impl Fn(String) -> String) -> Self {
        self.headers = self
            .headers
            .into_iter()
            .map(|(name, value)| (name, change(value)))
            .collect();
        self
    }

    /// The same answer, cut off.
    pub(crate) fn broken(mut self) -> Self {
        self.breaks = true;
        self
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = if self.breaks {
            let cut: Vec<Result<Bytes, std::io::Error>> =
                vec![Ok(self.body.into()), Err(std::io::Error::other("cut"))];
            Body::from_stream(stream::iter(cut))
        } else {
            Body::from(self.body)
        };
        response.body(body).unwrap()
    }
}

impl Stub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, ca_pem) = loopback_tls("ringfence tests", &["127.0.0.1", "localhost"]);
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = script.clone();
        let app =
            axum::Router::new().fallback(move |request: Request<Body>| reply(shared.clone(), request));
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
        let server = axum_server::from_tcp_rustls(listener, config).unwrap();
        tokio::spawn(server.serve(app.into_make_service()));
        let stub = Self {
            url: Url::parse(&format!("https://127.0.0.1:{port}")).unwrap(),
            ca_pem,
            script,
            events: Arc::default(),
        };
        stub.on("POST", &token_path(), [token()]);
        stub
    }

    /// Scripts the answers to a method and path. The last one is repeated.
    pub(crate) fn on<const N: usize>(&self, method: &str, path: &str, answers: [Answer; N]) {
        let key = (method.to_owned(), path.to_ascii_lowercase());
        self.script.lock().unwrap().answers.insert(key, answers.into());
    }

    /// A link on this server.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// The requests to ARM, without those for tokens.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen = self.script.lock().unwrap().seen.clone();
        seen.retain(|request| !request.path.contains("oauth2"));
        seen
    }

    /// `METHOD last-segment` of each request to ARM.
    pub(crate) fn calls(&self) -> Vec<String> {
        let short = |seen: &Seen| format!("{} {}", seen.method, seen.path.rsplit('/').next().unwrap());
        self.seen().iter().map(short).collect()
    }

    pub(crate) fn tokens(&self) -> Vec<Seen> {
        let mut seen = self.script.lock().unwrap().seen.clone();
        seen.retain(|request| request.path.contains("oauth2"));
        seen
    }

    /// A connection without waits between polls and retries.
    pub(crate) fn connection(&self) -> Connection {
        let cloud = Cloud {
            authority: self.url.clone(),
            ..Cloud::public().with_arm(self.url.clone())
        };
        let env: Env = [
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_CLIENT_SECRET", "s3cret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        Connection {
            auth: AuthMethod::Auto,
            ca_pem: Some(self.ca_pem.clone().into_bytes()),
            deadline: Duration::from_secs(60),
            pace: Pace {
                poll: Duration::ZERO,
                backoff: Duration::ZERO,
            },
            observer: self.events.clone(),
            correlation_id: "run-1".into(),
            ..Connection::new(cloud, env)
        }
    }

    pub(crate) fn client(&self) -> ArmClient {
        ArmClient::connect(self.connection()).unwrap()
    }
}

pub(crate) fn token_path() -> String {
    format!("/{TENANT}/oauth2/v2.0/token")
}

pub(crate) fn token() -> Answer {
    answer(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": "t0ken"}),
    )
}

async fn reply(script: Arc<Mutex<Script>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let headers = parts.headers.iter();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    next(&mut script.lock().unwrap(), seen).into_response()
}

fn next(script: &mut Script, seen: Seen) -> Answer {
    let key = (seen.method.clone(), seen.path.to_ascii_lowercase());
    let unscripted = refusal(400, "Unscripted", &format!("{} {}", seen.method, seen.path));
    script.seen.push(seen);
    match script.answers.get_mut(&key) {
        Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
        Some(answers) => answers.front().cloned().unwrap_or(unscripted),
        None => unscripted,
    }
}

/// A Premium registry with the given `networkRuleSet`.
pub(crate) fn registry(rules: &Value) -> Value {
    json!({"id": REGISTRY, "name": "contoso", "location": "westeurope", "sku": {"name": "Premium", "tier": "Premium"},
        "properties": {"provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io", "networkRuleSet": rules}})
}

/// Its rules as a 2026 version shows them.
pub(crate) fn open() -> Value {
    json!({"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []})
}

/// Runs the ignored test `name` of this binary in a process of its own, with some variables changed.
pub(crate) fn assert_passes_alone(name: &str, env: &[(&str, &str)]) {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored"])
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && text.contains("1 passed"), "{text}");
}
