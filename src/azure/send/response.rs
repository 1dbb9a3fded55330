//! Answers of ARM: the parts that every operation needs, and the error for a refusal.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::azure::error::body::ErrorBody;
use crate::azure::error::{ArmError, RequestIds};
use crate::azure::operation::state::OperationReply;

/// Answer of ARM. `B` is the form of the body.
#[derive(Debug)]
pub(crate) struct ArmReply<B = Value> {
    pub(crate) status: u16,
    /// `None` if the body is empty or `null`.
    pub(crate) body: Option<B>,
    pub(crate) etag: Option<String>,
    /// `Azure-AsyncOperation`.
    pub(crate) operation: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) ids: Arc<RequestIds>,
}

impl<B: DeserializeOwned> ArmReply<B> {
    /// Reads the answer to `call`. A body that is not JSON is an error only if the status is a success: gateways
    /// answer failures with pages of HTML.
    pub(crate) fn read(call: &str, answer: &RawResponse, mut ids: RequestIds) -> Result<Self, ArmError> {
        let (status, headers) = (u16::from(answer.status()), answer.headers());
        ids.service = header(headers, "x-ms-request-id")
            .or_else(|| header(headers, "x-ms-correlation-request-id"))
            .map(str::to_owned);
        let ids = Arc::new(ids);
        // Gateways answer failures with pages of HTML.
        let body = match json(answer.body()) {
            Ok(body) => body,
            Err(_) if status >= 300 => None,
            Err(error) => {
                return Err(ArmError::Decode {
                    call: call.to_owned(),
                    reason: unreadable(headers, &error),
                    ids,
                });
            }
        };
        Ok(Self {
            status,
            body,
            etag: header(headers, "etag").map(str::to_owned),
            operation: header(headers, "azure-asyncoperation").map(str::to_owned),
            location: header(headers, "location").map(str::to_owned),
            retry_after: retry_after(headers),
            ids,
        })
    }

    /// Returns the body. Fails if it is empty.
    pub(crate) fn into_body(self, call: &str) -> Result<B, ArmError> {
        self.body.ok_or_else(|| ArmError::Decode {
            call: call.to_owned(),
            reason: "the body is empty".into(),
            ids: self.ids,
        })
    }
}

impl ArmReply {
    /// Returns the answer if its status is a success, else the error that its body describes.
    pub(crate) fn check(self, call: &str) -> Result<Self, ArmError> {
        match self.status {
            200..300 => Ok(self),
            _ => Err(self.refusal(call)),
        }
    }

    /// Returns the error that the body describes.
    pub(crate) fn refusal(self, call: &str) -> ArmError {
        // A redirect or a gateway has no error body.
        let body = match self.body.as_ref().and_then(ErrorBody::parse) {
            Some(body) => body,
            None => ErrorBody::bare(format!("Http{}", self.status), "the answer has no error body"),
        };
        ArmError::Service {
            call: call.to_owned(),
            status: self.status,
            body: Box::new(body),
            retry_after: self.retry_after,
            ids: self.ids,
        }
    }

    /// Returns the parts that show the state of a long-running operation.
    pub(crate) fn operation_reply(&self) -> OperationReply<'_> {
        OperationReply {
            status: self.status,
            operation: self.operation.as_deref(),
            location: self.location.as_deref(),
            retry_after: self.retry_after,
            body: self.body.as_ref(),
        }
    }
}

fn header<'a>(headers: &'a Headers, name: &'static str) -> Option<&'a str> {
    headers.get_optional_str(&HeaderName::from_static(name))
}

/// Parses a body. An empty body and `null` are the same to us: ACR's polls of a deletion say `null` (recorded: azure-cli
/// test_acr_agentpool).
fn json<B: DeserializeOwned>(body: &[u8]) -> Result<Option<B>, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    serde_json::from_slice(body)
}

/// Describes a body that cannot be read: by its content type if that is not JSON, else by the parser's error.
fn unreadable(headers: &Headers, error: &serde_json::Error) -> String {
    if error.classify() == Category::Data {
        return format!("the body has another form than expected: {error}");
    }
    match header(headers, "content-type") {
        Some(other) if !other.to_ascii_lowercase().contains("json") => {
            format!("the body is `{other}`, not JSON")
        }
        _ => format!("the body is not JSON: {error}"),
    }
}

/// Returns the wait that an answer asks for: milliseconds in Microsoft's headers, seconds or a date in the standard one.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let millis = header(headers, "x-ms-retry-after-ms").or_else(|| header(headers, "retry-after-ms"));
    if let Some(text) = millis
        && let Ok(millis) = text.trim().parse()
    {
        return Some(Duration::from_millis(millis));
    }
    // The standard header: seconds, or a date.
    let text = header(headers, "retry-after")?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(parse_rfc7231(text).ok()?),
    }
}

/// Returns the time from now until `date`, or zero if it has passed.
fn until(date: OffsetDateTime) -> Option<Duration> {
    let left = (date - OffsetDateTime::now_utc()).whole_milliseconds().max(0);
    let millis = u64::try_from(left).ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_reads_milliseconds_seconds_and_dates() {
        for (name, value, expected) in [
            ("x-ms-retry-after-ms", "2000", Some(2)),
            ("retry-after-ms", "3000", Some(3)),
            ("retry-after", " 17 ", Some(17)),
            ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("retry-after", "soon", None),
            ("other", "1", None),
        ] {
            let mut headers = Headers::new();
            headers.insert(name, value);
            let found = retry_after(&headers).map(|wait| wait.as_secs());
            assert_eq!(found, expected, "{name}: {value}");
        }
    }
}
