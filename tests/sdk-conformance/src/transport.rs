//! An HTTP client for the generated crates that records each request, and answers from a script or forwards it.

use std::sync::{Arc, Mutex};

use azure_core::auth::{AccessToken, TokenCredential};
use azure_core::headers::Headers;
use azure_core::{
    Body, BytesStream, HttpClient, Request, Response, RetryOptions, StatusCode, TransportOptions,
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// A request as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub api_version: Option<String>,
    pub body: Option<Value>,
}

/// An answer to give: status, headers, body.
pub type Answer = (u16, Vec<(&'static str, &'static str)>, &'static str);

/// The destination of requests.
#[derive(Debug)]
enum End {
    /// Answers in order. The last one is repeated.
    Script(Vec<Answer>),
    /// A server.
    Server(reqwest::Client),
}

#[derive(Debug)]
pub struct Transport {
    end: End,
    sent: Mutex<Vec<Sent>>,
}

impl Transport {
    /// Answers in order. The last one is repeated.
    pub fn script(answers: &[Answer]) -> Arc<Self> {
        Self::new(End::Script(answers.to_vec()))
    }

    /// Passes requests on to a server that `client` trusts.
    pub fn server(client: reqwest::Client) -> Arc<Self> {
        Self::new(End::Server(client))
    }

    fn new(end: End) -> Arc<Self> {
        Arc::new(Self {
            end,
            sent: Mutex::default(),
        })
    }

    /// The requests so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent
            .lock()
            .expect("no test panics while it holds the lock")
            .clone()
    }

    fn note(&self, request: &Request) -> usize {
        let query = |name: &str| {
            let mut pairs = request.url().query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let mut sent = self.sent.lock().expect("no test panics while it holds the lock");
        sent.push(Sent {
            method: request.method().as_ref().to_owned(),
            path: request.url().path().to_owned(),
            api_version: query("api-version"),
            body: serde_json::from_slice(&bytes(request)).ok(),
        });
        sent.len() - 1
    }
}

#[async_trait::async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<Response> {
        let at = self.note(request);
        match &self.end {
            End::Script(answers) => Ok(scripted(&answers[at.min(answers.len() - 1)])),
            End::Server(client) => Ok(pass_on(client, request).await),
        }
    }
}

fn bytes(request: &Request) -> Vec<u8> {
    match request.body() {
        Body::Bytes(bytes) => bytes.to_vec(),
        Body::SeekableStream(_) => Vec::new(),
    }
}

fn scripted((status, headers, body): &Answer) -> Response {
    let mut all = Headers::new();
    for (name, value) in headers {
        all.insert(*name, *value);
    }
    response(*status, all, body.as_bytes().to_vec())
}

fn response(status: u16, headers: Headers, body: Vec<u8>) -> Response {
    let status = StatusCode::try_from(status).expect("the servers of these tests answer known statuses");
    Response::new(status, headers, Box::pin(BytesStream::new(body)))
}

/// Sends the request with the product's HTTP crate, because the generated crates have none.
async fn pass_on(client: &reqwest::Client, request: &Request) -> Response {
    let method = request.method().as_ref().parse().expect("a method");
    let mut out = client
        .request(method, request.url().as_str())
        .body(bytes(request));
    for (name, value) in request.headers().iter() {
        out = out.header(name.as_str(), value.as_str());
    }
    let reply = out.send().await.expect("the sandbox answers");
    let mut headers = Headers::new();
    for (name, value) in reply.headers() {
        headers.insert(
            name.as_str().to_owned(),
            value.to_str().expect("a text").to_owned(),
        );
    }
    let status = reply.status().as_u16();
    response(
        status,
        headers,
        reply.bytes().await.expect("the whole body").to_vec(),
    )
}

/// A credential with a fixed token.
#[derive(Debug)]
pub struct Token(pub String);

#[async_trait::async_trait]
impl TokenCredential for Token {
    async fn get_token(&self, _: &[&str]) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(
            self.0.clone(),
            OffsetDateTime::now_utc() + Duration::hours(1),
        ))
    }

    async fn clear_cache(&self) -> azure_core::Result<()> {
        Ok(())
    }
}

/// The generated clients of one transport.
pub struct Oracle {
    pub registries: azure_mgmt_containerregistry::package_2023_11_preview::registries::Client,
    pub networks: azure_mgmt_network::package_2024_03::Client,
}

impl Oracle {
    /// Clients that send to `arm` through `transport` and never repeat a request.
    pub fn new(arm: &str, token: &str, transport: &Arc<Transport>) -> Self {
        let endpoint: azure_core::Url = arm.parse().expect("the address of a server");
        let credential = Arc::new(Token(token.to_owned()));
        let options = || TransportOptions::new(transport.clone());
        let registries =
            azure_mgmt_containerregistry::package_2023_11_preview::Client::builder(credential.clone())
                .endpoint(endpoint.clone())
                .retry(RetryOptions::none())
                .transport(options());
        let networks = azure_mgmt_network::package_2024_03::Client::builder(credential)
            .endpoint(endpoint)
            .retry(RetryOptions::none())
            .transport(options());
        Self {
            registries: registries
                .build()
                .expect("the endpoint is a URL")
                .registries_client(),
            networks: networks.build().expect("the endpoint is a URL"),
        }
    }

    /// Clients that get the answers of a script.
    pub fn scripted(answers: &[Answer]) -> (Self, Arc<Transport>) {
        let transport = Transport::script(answers);
        (Self::new("https://127.0.0.1", "token", &transport), transport)
    }
}
