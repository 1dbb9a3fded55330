//! Managed identity: the token endpoints that Azure puts next to a workload. Clients use plain http for them.
//!
//! There are two: that of App Service, which needs a secret header, and the instance metadata service of virtual
//! machines. Sources: "How to use managed identities for App Service", "How to use managed identities on an Azure VM".

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::audiences;
use super::client_credentials::v1_body;
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::server::connection;
use crate::sandbox::server::ready::ManagedIdentity;
use crate::sandbox::server::shared::Shared;

/// A server with its own listener. It stops when dropped.
pub(crate) struct Server {
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        self.handle.shutdown();
    }
}

/// Starts on a free loopback port.
pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<(Server, ManagedIdentity)> {
    // Both endpoints share one listener, which is ready before the address is announced.
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let base = format!("http://{}", listener.local_addr()?);
    let ready = ManagedIdentity {
        endpoint: format!("{base}/msi/token"),
        header: shared.identity.identity_header.clone(),
        imds: base,
    };
    let (app_service, imds) = (Arc::clone(shared), Arc::clone(shared));
    let app = Router::new()
        .route(
            "/msi/token",
            get(move |request| app_service_token(app_service, request)),
        )
        .route(
            "/metadata/identity/oauth2/token",
            get(move |request| imds_token(imds, request)),
        );
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(NoDelayAcceptor::new())
        .handle(handle.clone());
    connection::limit(server.http_builder());
    let task = tokio::spawn(server.serve(app.into_make_service()));
    Ok((Server { handle, task }, ready))
}

/// Reads a request without its body, which has no meaning in a GET.
fn read(shared: &Shared, request: axum::extract::Request) -> Request {
    let (parts, _) = request.into_parts();
    Request::new(
        parts.method,
        &parts.uri,
        parts.headers,
        Vec::new(),
        None,
        &shared.identity.own,
    )
}

/// Answers `/msi/token`, for the holder of the secret header.
async fn app_service_token(shared: Arc<Shared>, request: axum::extract::Request) -> Response {
    let request = read(&shared, request);
    let header = shared.identity.identity_header.as_str();
    if request.header("x-identity-header") != Some(header) {
        // The status is documented. The text is the sandbox's own.
        let message = "ringfence sandbox: X-IDENTITY-HEADER is missing or wrong";
        return reply(
            StatusCode::UNAUTHORIZED,
            &json!({"statusCode": 401, "message": message}),
        );
    }
    token(&shared, &request, &["2019-08-01"])
}

/// Answers `/metadata/identity/oauth2/token`, for requests with `Metadata: true` that no proxy forwarded.
async fn imds_token(shared: Arc<Shared>, request: axum::extract::Request) -> Response {
    let request = read(&shared, request);
    let metadata = request.header("metadata").unwrap_or_default();
    if !metadata.eq_ignore_ascii_case("true") {
        return invalid("invalid_request", "Required metadata header not specified");
    }
    if request.header("x-forwarded-for").is_some() {
        return invalid("invalid_request", "Proxied requests are refused");
    }
    token(&shared, &request, &["2018-02-01", "2019-08-01", "2021-02-01"])
}

fn token(shared: &Shared, request: &Request, versions: &[&str]) -> Response {
    let identity = &shared.identity;
    if !versions.contains(&request.query("api-version").unwrap_or_default()) {
        return invalid(
            "bad_request_102",
            "Required parameter api-version is missing or not supported",
        );
    }
    let resource = request.query("resource").unwrap_or_default();
    if resource.is_empty() {
        return invalid("invalid_request", "Required query variable 'resource' is missing");
    }
    // A client may name the identity; there is only one.
    if let Some(client) = request.query("client_id")
        && !client.eq_ignore_ascii_case(&identity.client_id)
    {
        return invalid("invalid_request", "Identity not found");
    }
    if let Err(Answer { status, body, .. }) = audiences::check(identity, resource, request) {
        return reply(status, &body.unwrap_or_default());
    }
    let now = Timestamp::now().as_second();
    let (tenant, client) = (&identity.tenant_id, &identity.client_id);
    let lifetime = identity.token_lifetime;
    let token = identity.signer.mint(tenant, client, resource, now, lifetime);
    let mut body = v1_body(&token, resource, now, lifetime);
    body["client_id"] = identity.client_id.clone().into();
    reply(StatusCode::OK, &body)
}

fn invalid(code: &str, description: &str) -> Response {
    let body = json!({"error": code, "error_description": description});
    reply(StatusCode::BAD_REQUEST, &body)
}

fn reply(status: StatusCode, body: &Value) -> Response {
    (status, axum::Json(body)).into_response()
}
