//! Bounds the lifetime of tokens. `azure_identity` 1.0 adds the lifetime in an answer to the clock, and panics if the
//! sum lies beyond the year 9999.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request};
use serde_json::Value;

use crate::model::A_YEAR;

/// Policy that bounds `expires_in` in the answers of an authority.
#[derive(Debug)]
pub(crate) struct BoundedLifetime;

#[async_trait]
impl Policy for BoundedLifetime {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let answer = next[0].send(ctx, request, &next[1..]).await?;
        let (status, headers, body) = answer.try_into_raw_response().await?.deconstruct();
        let body: Bytes = body.into();
        let bounded = bounded(&body).map_or(body, Bytes::from);
        Ok(AsyncRawResponse::from_bytes(status, headers, bounded))
    }
}

/// Returns the body with a lifetime between zero and a year, or `None` if it has no other one.
fn bounded(body: &[u8]) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let lifetime = body.get_mut("expires_in")?;
    let seconds = lifetime.as_i64()?;
    let within = seconds.clamp(0, i64::try_from(A_YEAR.as_secs()).ok()?);
    if within == seconds {
        return None;
    }
    *lifetime = within.into();
    serde_json::to_vec(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_is_bounded_and_the_rest_kept() {
        for (seconds, expected) in [
            (3599, None),
            (-1, Some(0)),
            (i64::MIN, Some(0)),
            (i64::MAX, Some(A_YEAR.as_secs())),
        ] {
            let body = format!(r#"{{"access_token":"t","expires_in":{seconds}}}"#);
            let found = bounded(body.as_bytes());
            let found = found.map(|body| serde_json::from_slice::<Value>(&body).unwrap());
            let expected = expected
                .map(|expires| serde_json::json!({ "access_token": "t", "expires_in": expires }));
            assert_eq!(found, expected, "{seconds}");
        }
        assert_eq!(bounded(b"<html>"), None);
    }
}
