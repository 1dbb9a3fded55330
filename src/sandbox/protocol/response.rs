//! Answers, before they are written as HTTP.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// Status, headers and JSON body of an answer. ARM's errors are answers too.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Box<HeaderMap>,
    /// `None` sends no body and no content type.
    pub(crate) body: Option<Value>,
}

/// Result of a handler. `Err` has an answer that ends the handling early.
pub(crate) type Answered = Result<Answer, Answer>;

impl Answer {
    /// Makes an answer with a body.
    pub(crate) fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            headers: Box::default(),
            body: Some(body),
        }
    }

    /// Makes a 200 with a body.
    pub(crate) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// Makes an answer without a body, and so without a content type.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Box::default(),
            body: None,
        }
    }

    /// Adds a header. A value that HTTP does not allow, such as one from the state or the client, is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}
