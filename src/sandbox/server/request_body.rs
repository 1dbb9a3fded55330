//! Reading a request's body: how much of it, for how long, and how a client that sends too much hears of it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use futures::StreamExt;

use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::response::Answer;

/// ARM's documented limit for a request body, in bytes.
const LIMIT: usize = 4 * 1024 * 1024;
/// How much more, in bytes, is read and thrown away. Most clients read no answer before they have sent all, and
/// what nobody reads cuts the connection before the answer arrives.
const DRAIN: usize = 128 * 1024 * 1024;
/// How long a client may take to send a body.
const TIME: Duration = Duration::from_secs(30);

/// The whole body, or the answer that refuses it.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Answer> {
    // Who asks first is told first, and need not send at all.
    if asks_first(headers) && announced(headers).is_some_and(|size| size > LIMIT) {
        return Err(errors::too_large());
    }
    let read = tokio::time::timeout(TIME, collect(body.into_data_stream())).await;
    read.unwrap_or_else(|_| Err(errors::too_slow()))
}

async fn collect(mut chunks: BodyDataStream) -> Result<Vec<u8>, Answer> {
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| errors::broken_body())?;
        seen += chunk.len();
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

fn asks_first(headers: &HeaderMap) -> bool {
    let expect = headers.get(header::EXPECT);
    expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// The size that the client says.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
