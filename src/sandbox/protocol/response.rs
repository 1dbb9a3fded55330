//! What the sandbox answers, before it is HTTP.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// A status, headers and a JSON body. Success and error are one type: ARM's errors are answers too.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) body: Option<Value>,
}

/// `Err` holds an answer that ends the handling early.
pub(crate) type Answered = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            headers: Box::default(),
            body: Some(body),
        }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// Without a body, and so without a content type.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Box::default(),
            body: None,
        }
    }

    /// Adds a header. A value that cannot be in a header is left out: it came from the state or the client.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}
