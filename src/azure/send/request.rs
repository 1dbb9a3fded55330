//! Requests, and what the requests of one operation share.

use azure_core::http::headers::{ACCEPT, CLIENT_REQUEST_ID, CONTENT_TYPE, IF_MATCH};
use azure_core::http::{Context, Method, Request};
use serde_json::Value;
use url::Url;

use super::deadline::Deadline;
use super::stop::Stop;
use crate::azure::error::write::MaybeProcessed;

/// Mark of a request that the pipeline sends once, because only its caller knows what to send after a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SingleAttempt;

/// Id, deadline and stop that all requests of one operation share.
#[derive(Clone, Debug)]
pub(crate) struct RequestGroup {
    /// `x-ms-client-request-id`.
    pub(crate) id: String,
    pub(crate) deadline: Deadline,
    /// The moment after which the operation's write is not begun.
    pub(crate) stop: Stop,
    /// Mark of the operation's write.
    pub(crate) maybe_processed: MaybeProcessed,
}

/// One request to ARM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArmRequest<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) body: Option<&'a Value>,
    pub(crate) if_match: Option<&'a str>,
    /// True if it must not be repeated as it is. The caller makes it anew from what it reads.
    pub(crate) once: bool,
}

impl<'a> ArmRequest<'a> {
    pub(crate) fn get(url: &'a Url) -> Self {
        Self::new(Method::Get, url)
    }

    pub(crate) fn new(method: Method, url: &'a Url) -> Self {
        Self {
            method,
            url,
            body: None,
            if_match: None,
            once: false,
        }
    }

    /// Returns method and path, for errors and logs.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    /// Returns the request with its headers and body.
    pub(crate) fn to_http(self, group: &RequestGroup) -> Request {
        // Headers that every request has.
        let mut request = Request::new(self.url.clone(), self.method);
        request.insert_header(ACCEPT, "application/json");
        request.insert_header(CLIENT_REQUEST_ID, group.id.clone());
        // The service refuses the write if the resource has changed since.
        if let Some(etag) = self.if_match {
            request.insert_header(IF_MATCH, etag.to_owned());
        }
        if let Some(body) = self.body {
            request.insert_header(CONTENT_TYPE, "application/json");
            request.set_body(body.to_string());
        }
        request
    }

    /// Returns the context that tells the policies how patient they may be.
    pub(crate) fn context(self, group: &RequestGroup) -> Context<'static> {
        let mut context = Context::new().with_value(group.deadline.clone());
        // A read changes nothing, however often it is processed.
        if self.method != Method::Get {
            context = context
                .with_value(group.maybe_processed.clone())
                .with_value(group.stop.clone());
        }
        if self.once {
            context = context.with_value(SingleAttempt);
        }
        context
    }
}
