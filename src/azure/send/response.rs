//! An answer of ARM: what every operation needs of it, and how one that says no becomes an error.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};
use serde_json::Value;

use super::retry::retry_after;
use crate::azure::error::body::Fault;
use crate::azure::error::{ArmError, RequestIds};
use crate::azure::operation::state::Progress;

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `None` where the body is empty or `null`.
    pub(crate) body: Option<Value>,
    pub(crate) etag: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) ids: Arc<RequestIds>,
}

impl Reply {
    /// Reads the answer to `call`. A body that is no JSON is an error only where the status is a success: gateways
    /// answer failures with pages of HTML.
    pub(crate) fn read(call: &str, answer: &RawResponse, mut ids: RequestIds) -> Result<Self, ArmError> {
        let status = u16::from(answer.status());
        let header = |name| {
            answer
                .headers()
                .get_optional_string(&HeaderName::from_static(name))
        };
        ids.service = header("x-ms-request-id").or_else(|| header("x-ms-correlation-request-id"));
        let ids = Arc::new(ids);
        let body = match json(answer.body()) {
            Ok(body) => body,
            Err(_) if status >= 300 => None,
            Err(error) => return Err(undecodable(call, answer, &error, ids)),
        };
        Ok(Self {
            status,
            body,
            etag: header("etag"),
            operation: header("azure-asyncoperation"),
            location: header("location"),
            retry_after: retry_after(answer.headers()),
            ids,
        })
    }

    /// The answer, unless it says no.
    pub(crate) fn check(self, call: &str) -> Result<Self, ArmError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let fault = self.body.as_ref().and_then(Fault::parse);
        Err(ArmError::Service {
            call: call.to_owned(),
            status: self.status,
            fault: Box::new(fault.unwrap_or_else(|| {
                Fault::bare(
                    format!("Http{}", self.status),
                    "the answer has no error that ARM would send",
                )
            })),
            retry_after: self.retry_after,
            ids: self.ids,
        })
    }

    /// The body, which must be there.
    pub(crate) fn into_body(
        self,
        call: &str,
    ) -> Result<(Value, Option<String>, Arc<RequestIds>), ArmError> {
        match self.body {
            Some(body) => Ok((body, self.etag, self.ids)),
            None => Err(ArmError::Decode {
                call: call.to_owned(),
                reason: "the body is empty".into(),
                ids: self.ids,
            }),
        }
    }

    /// The parts in which a long-running operation shows itself.
    pub(crate) fn progress(&self) -> Progress<'_> {
        Progress {
            status: self.status,
            operation: self.operation.as_deref(),
            location: self.location.as_deref(),
            retry_after: self.retry_after,
            body: self.body.as_ref(),
        }
    }
}

/// An empty body and `null` are the same to us: ACR's polls of a deletion say `null` (recorded: azure-cli
/// test_acr_agentpool).
fn json(body: &[u8]) -> Result<Option<Value>, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    serde_json::from_slice(body)
}

fn undecodable(
    call: &str,
    answer: &RawResponse,
    error: &serde_json::Error,
    ids: Arc<RequestIds>,
) -> ArmError {
    let reason = match content_type(answer.headers()) {
        Some(other) if !other.to_ascii_lowercase().contains("json") => {
            format!("the body is `{other}`, not JSON")
        }
        _ => format!("the body is not JSON: {error}"),
    };
    ArmError::Decode {
        call: call.to_owned(),
        reason,
        ids,
    }
}

fn content_type(headers: &Headers) -> Option<&str> {
    headers.get_optional_str(&HeaderName::from_static("content-type"))
}
