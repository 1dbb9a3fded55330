//! One HTTP request over a connection.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

use super::probes::Probes;
use super::stream::AnyStream;
use crate::doctor::NoAnswer;

/// Longest time of an answer.
const LONGEST: Duration = Duration::from_secs(8);
/// Bound on an answer, in bytes. A refusal has a few hundred, a token a few thousand.
const MOST: usize = 64 * 1024;

/// An answer.
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Sends `GET` for a path.
pub(super) async fn get(
    probes: &Probes,
    host: &str,
    path: &str,
    stream: AnyStream,
) -> Result<HttpAnswer, NoAnswer> {
    let request = Request::builder().method(Method::GET).uri(path);
    send(probes, host, request, String::new(), stream).await
}

/// Sends a form with `POST`.
pub(super) async fn post_form(
    probes: &Probes,
    host: &str,
    path: &str,
    form: &[(&str, &str)],
    stream: AnyStream,
) -> Result<HttpAnswer, NoAnswer> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        body.append_pair(name, value);
    }
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(probes, host, request, body.finish(), stream).await
}

async fn send(
    probes: &Probes,
    host: &str,
    request: hyper::http::request::Builder,
    body: String,
    stream: AnyStream,
) -> Result<HttpAnswer, NoAnswer> {
    let request = request
        .header(HOST, host)
        .header(USER_AGENT, concat!("ringfence/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| NoAnswer::Failed(error.to_string()))?;
    let exchange = exchange(request, stream);
    probes
        .patience
        .wait(LONGEST, exchange)
        .await
        .unwrap_or(Err(NoAnswer::TimedOut))
}

async fn exchange(request: Request<Full<Bytes>>, stream: AnyStream) -> Result<HttpAnswer, NoAnswer> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(no_answer)?;
    // The connection works while the answer is read, and ends with it.
    let work = async {
        let answer = sender.send_request(request).await.map_err(no_answer)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MOST).collect().await;
        Ok(HttpAnswer {
            status: head.status.as_u16(),
            headers: head.headers,
            // The beginning of a longer body says nothing that is needed.
            body: body.map(|body| body.to_bytes().to_vec()).unwrap_or_default(),
        })
    };
    tokio::pin!(work, connection);
    tokio::select! {
        answer = &mut work => answer,
        // The other side closed first. What it sent before is still read.
        _ = &mut connection => work.await,
    }
}

fn no_answer(error: hyper::Error) -> NoAnswer {
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    let reset = source.is_some_and(|source| {
        matches!(
            source.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
        )
    });
    match reset || error.is_closed() || error.is_incomplete_message() || error.is_canceled() {
        true => NoAnswer::Closed,
        false => NoAnswer::Failed(error.to_string()),
    }
}
