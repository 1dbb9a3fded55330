//! Reads the body of a request within limits of size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use futures::StreamExt;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Most bytes of a request body (documented by ARM).
const LIMIT: usize = 4 * 1024 * 1024;
/// Time that a client may take to send a body.
const TIME: Duration = Duration::from_secs(30);

/// Reads the whole body.
///
/// # Errors
///
/// The answer that refuses the request: 413 if the body is too large, 408 if it is too slow, 400 if it breaks off.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Answer> {
    // A client that waits for `100 Continue` is refused before it sends anything.
    if waits_for_continue(headers)
        && let Some(size) = content_length(headers)
        && size > LIMIT
    {
        return Err(errors::too_large());
    }
    let mut chunks = body.into_data_stream();
    let read = tokio::time::timeout(TIME, collect(&mut chunks)).await;
    match read {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Err(broken)) => Err(broken),
        Err(_) => Err(errors::too_slow()),
        Ok(Ok(None)) => {
            // Most clients read no answer before they have sent everything, and bytes that are left unread would reset
            // the connection before the answer arrives. They are dropped, so that a large body takes no memory.
            let _ = tokio::time::timeout(TIME, drop_rest(&mut chunks)).await;
            Err(errors::too_large())
        }
    }
}

async fn drop_rest(chunks: &mut BodyDataStream) {
    while let Some(Ok(_)) = chunks.next().await {}
}

/// Returns the body, `None` if it is over the limit.
async fn collect(chunks: &mut BodyDataStream) -> Result<Option<Vec<u8>>, Answer> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(errors::broken_body());
        };
        if bytes.len() + chunk.len() > LIMIT {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn waits_for_continue(headers: &HeaderMap) -> bool {
    match headers.get(header::EXPECT) {
        Some(expect) => expect.as_bytes().eq_ignore_ascii_case(b"100-continue"),
        None => false,
    }
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
