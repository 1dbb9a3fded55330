//! The HTTP side of a connection: reads requests and writes answers, or breaks off if a fault says so.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{self, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::Response;
use futures::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tower_service::Service;

use super::request_body;
use super::shared::Shared;
use crate::sandbox::faults::played::{Played, Wire};
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::protocol::{errors, host};

/// Time between the first half of a truncated answer and its end. HTTP/2 drops bytes that it has not sent by the end.
const HALF_TIME: Duration = Duration::from_millis(100);
/// Answer of a proxy that wants a login.
const GARBAGE: &str = "<!DOCTYPE html><html><body><h1>Sign in to continue</h1></body></html>\n";

/// Time that a client may take to send the head of a request.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(20);

/// Limits the time that a client may take to send the head of a request.
pub(crate) fn limit(builder: &mut Builder<TokioExecutor>) {
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
}

/// Makes a [`ClientConnection`] for each client that connects.
#[derive(Clone)]
pub(crate) struct Connections(pub(crate) Arc<Shared>);

/// Serves one connection.
#[derive(Clone)]
pub(crate) struct ClientConnection {
    shared: Arc<Shared>,
    peer: IpAddr,
}

/// Error that ends the connection, or the HTTP/2 stream, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by a fault")]
pub(crate) struct Cut;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Cut>> + Send>>;

impl Service<SocketAddr> for Connections {
    type Response = ClientConnection;
    type Error = Infallible;
    type Future = Ready<Result<ClientConnection, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, peer: SocketAddr) -> Self::Future {
        ready(Ok(ClientConnection {
            shared: Arc::clone(&self.0),
            peer: peer.ip(),
        }))
    }
}

impl<B> Service<http::Request<B>> for ClientConnection
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Cut;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answering {
        let (parts, body) = request.into_parts();
        Box::pin(answer(self.clone(), parts, Body::new(body)))
    }
}

async fn answer(connection: ClientConnection, parts: Parts, body: Body) -> Result<Response, Cut> {
    let arrived = Instant::now();
    let ClientConnection { shared, peer } = connection;
    let (bytes, broken) = match request_body::read(&parts.headers, body).await {
        Ok(bytes) => (bytes, None),
        Err(refused) => (Vec::new(), Some(refused)),
    };
    let (host, misnamed) = match host::named(&parts.uri, &parts.headers) {
        Ok(host) => (host, None),
        Err(refused) => (None, Some(refused)),
    };
    let broken = misnamed.or(broken);
    let own = &shared.identity.own;
    let request = Request::new(parts.method, &parts.uri, parts.headers, bytes, host, own);
    // A sandbox that stops waits until this lock is released.
    let here = Arc::clone(&shared);
    let _under_way = here.under_way.read().await;
    let latency = shared.options().latency;
    let head = request.method == Method::HEAD;
    let played = if head || request.method == Method::GET {
        shared.exchange(&request, peer, broken, arrived)
    } else {
        // A write waits for the disk, which would block the other connections of this thread.
        let task = tokio::task::spawn_blocking(move || shared.exchange(&request, peer, broken, arrived));
        match task.await {
            Ok(played) => played,
            Err(_) => Played::whole(errors::internal("the request handler failed")),
        }
    };
    let delay = latency + played.delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    into_response(played, head)
}

/// Writes the answer as HTTP, damaged as its [`Wire`] says. The answer to a HEAD has the length of a body that is not
/// sent, which HTTP/2 does not see to by itself.
fn into_response(played: Played, head: bool) -> Result<Response, Cut> {
    let Answer {
        status,
        headers,
        body,
    } = played.answer;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = *headers;
    // An answer without a body has no content type either.
    let mut text = Vec::new();
    if let Some(body) = body {
        text = serde_json::to_vec(&body).expect("the keys of a JSON value are texts");
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    match played.wire {
        Wire::Whole | Wire::Truncated => {}
        // A proxy answers 200 whatever the status was, with headers of its own.
        Wire::Garbage => {
            response.headers_mut().clear();
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            *response.status_mut() = StatusCode::OK;
            text = GARBAGE.into();
        }
        Wire::Cut => return Err(Cut),
    }
    if text.is_empty() {
        return Ok(response);
    }
    // The length is that of the whole body, so that a client misses the rest of a truncated one.
    let length = HeaderValue::from(text.len());
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    *response.body_mut() = match played.wire {
        _ if head => Body::empty(),
        Wire::Truncated => half(&text),
        _ => Body::from(text),
    };
    Ok(response)
}

/// Returns a body of the first half of a text, which then ends the connection.
fn half(text: &[u8]) -> Body {
    let part = Bytes::copy_from_slice(&text[..text.len() / 2]);
    let end = async {
        tokio::time::sleep(HALF_TIME).await;
        Err(Cut)
    };
    let parts = futures::stream::iter([Ok(part)]).chain(futures::stream::once(end));
    Body::from_stream(parts)
}
