//! Reads the body of a request within limits of size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use futures::StreamExt;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// Most bytes of a request body (documented by ARM).
const LIMIT: usize = 4 * 1024 * 1024;
/// Most bytes over the limit that are read and dropped.
///
/// Most clients read no answer before they have sent everything. Bytes that are left unread would reset the
/// connection before the answer arrives.
const DRAIN: usize = 128 * 1024 * 1024;
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
    match tokio::time::timeout(TIME, collect(body.into_data_stream())).await {
        Ok(read) => read,
        Err(_) => Err(errors::too_slow()),
    }
}

async fn collect(mut chunks: BodyDataStream) -> Result<Vec<u8>, Answer> {
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(errors::broken_body());
        };
        seen += chunk.len();
        // Bytes over the limit are dropped, so that a large body takes no memory.
        if seen > LIMIT + DRAIN {
            break;
        }
        if seen <= LIMIT {
            bytes.extend_from_slice(&chunk);
        }
    }
    if seen > LIMIT {
        return Err(errors::too_large());
    }
    Ok(bytes)
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
