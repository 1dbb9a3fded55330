//! Failures as reports show them.

use std::time::Duration;

/// Failure of a read or a write: the service's words, and the request to quote to its support.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Kind for code that must react, which never reads `message`. JSON documents leave it out, so a failure that was read
    /// from one is `Local`.
    #[serde(skip)]
    pub kind: FailureKind,
    /// The service's error code, or ours where there was no answer.
    pub code: String,
    pub message: String,
    /// The wait that the service asks for. JSON documents have it in the help.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
    /// `x-ms-request-id` of the answer, else the id that we sent. Azure's support asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The next step to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Kind of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureKind {
    /// ringfence found it without an error of Azure: a file, an interruption, a check that does not hold.
    #[default]
    Local,
    /// There is no token.
    SignIn,
    /// No answer came: no connection, an untrusted certificate, a broken connection or a deadline that passed.
    NoAnswer,
    /// The answer cannot be read, or must not be followed.
    BadAnswer,
    /// The resource, its group or its subscription does not exist (404).
    NotFound,
    /// The caller lacks a right (403).
    Forbidden,
    /// Another operation holds the resource, or its state does not allow the request (409).
    Conflict,
    /// ARM or the provider asks to slow down (429).
    Throttled,
    /// The service failed (500, 502, 503, 504), in each of the tries.
    Unavailable,
    /// The service refused the request with another status, or its operation failed.
    Refused,
}

impl Failure {
    /// Makes a failure that ringfence found itself. It has neither a request id nor a help line.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Local,
            code: code.into(),
            message: message.into(),
            retry_after: None,
            request_id: None,
            help: None,
        }
    }

    /// Adds the next step to take.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
