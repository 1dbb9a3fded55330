//! The client: a pipeline with our transport, retry and credential, and one way to send a request through it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::headers::{ACCEPT, CLIENT_REQUEST_ID, CONTENT_TYPE, IF_MATCH};
use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::observer::Observer;
use super::pipeline;
use super::response::Reply;
use super::retry::{Deadline, Doubt, Once};
use crate::azure::api_versions::Versions;
use crate::azure::connect::cloud::{Cloud, check_https};
use crate::azure::connect::transport::causes;
use crate::azure::connect::{Connection, Pace};
use crate::azure::error::{ArmError, RequestIds};
use crate::azure::sign_in::SignIn;
use crate::azure::sign_in::method::Picked;

/// Talks to ARM. Cheap to clone; clones share the connection, the token and the api-versions that worked.
#[derive(Clone)]
pub struct ArmClient {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) cloud: Cloud,
    picked: Picked,
    pub(crate) sign_in: Arc<SignIn>,
    pipeline: Pipeline,
    pub(crate) deadline: Duration,
    pub(crate) pace: Pace,
    pub(crate) observer: Arc<dyn Observer>,
    correlation_id: String,
    pub(crate) registry_versions: Versions,
    pub(crate) subnet_versions: Versions,
}

impl fmt::Debug for ArmClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArmClient")
            .field("cloud", &self.inner.cloud.name)
            .field("auth", &self.inner.picked.method)
            .finish_non_exhaustive()
    }
}

/// One operation: the id and deadline that all of its requests share.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) end: Instant,
    /// Of its write.
    pub(crate) doubt: Doubt,
}

impl Operation {
    /// Whether a wait would end in time.
    pub(crate) fn allows(&self, wait: Duration) -> bool {
        wait < self.end.saturating_duration_since(Instant::now())
    }
}

/// As good as for ever, and far from where the clock overflows.
pub(crate) const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) body: Option<&'a Value>,
    pub(crate) if_match: Option<&'a str>,
    /// Sent once: who sends it again must make it anew.
    pub(crate) once: bool,
}

impl<'a> Call<'a> {
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

    /// Method and path, for errors and logs.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

impl ArmClient {
    /// Makes a client. Nothing is sent: the token is asked for with the first request.
    pub fn connect(connection: Connection) -> Result<Self, ArmError> {
        check_https("the ARM endpoint", &connection.cloud.arm)?;
        let picked = connection.auth.pick(&connection.env);
        tracing::debug!(method = %picked.method, why = picked.why, "signing in");
        let (pipeline, sign_in) = pipeline::build(&connection, picked.method)?;
        Ok(Self {
            inner: Arc::new(Inner::new(connection, picked, pipeline, sign_in)),
        })
    }

    /// The credential that is used, and why.
    pub fn picked(&self) -> Picked {
        self.inner.picked
    }

    /// The waits where ARM does not name one.
    pub fn pace(&self) -> Pace {
        self.inner.pace
    }

    pub fn cloud(&self) -> &Cloud {
        &self.inner.cloud
    }

    /// Begins an operation: its clock runs from here.
    pub(crate) fn begin(&self) -> Operation {
        Operation {
            id: uuid::Uuid::new_v4().to_string(),
            end: Instant::now() + self.inner.deadline.min(A_YEAR),
            doubt: Doubt::default(),
        }
    }

    /// The URL of `path` on the ARM endpoint. Ids have no characters that would need escaping.
    pub(crate) fn url(&self, path: &str, api_version: &str) -> Url {
        let mut url = self.inner.cloud.arm.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.query_pairs_mut()
            .clear()
            .append_pair("api-version", api_version);
        url
    }

    /// Sends a request; an answer that says no is an error.
    pub(crate) async fn send(&self, call: Call<'_>, operation: &Operation) -> Result<Reply, ArmError> {
        self.exchange(call, operation).await?.check(&call.shown())
    }

    /// Sends a request and reads whatever is answered.
    pub(crate) async fn exchange(
        &self,
        call: Call<'_>,
        operation: &Operation,
    ) -> Result<Reply, ArmError> {
        let shown = call.shown();
        let ids = self.ids(operation);
        let mut request = request(call, operation);
        let mut context = Context::new().with_value(Deadline(operation.end));
        if call.method != Method::Get {
            context = context.with_value(operation.doubt.clone());
        }
        if call.once {
            context = context.with_value(Once);
        }
        let unchecked = PipelineSendOptions {
            skip_checks: true,
            ..Default::default()
        };
        let sent = self.inner.pipeline.send(&context, &mut request, Some(unchecked));
        match tokio::time::timeout_at(operation.end, sent).await {
            Ok(Ok(answer)) => Reply::read(&shown, &answer, ids),
            Ok(Err(error)) => Err(self.unanswered(shown, &error, ids.into())),
            Err(_) => {
                let slow = self.inner.sign_in.too_slow();
                Err(slow.unwrap_or_else(|| self.timeout(shown, "none", ids.into())))
            }
        }
    }

    /// The ids to quote before there is an answer.
    pub(crate) fn ids(&self, operation: &Operation) -> RequestIds {
        RequestIds {
            service: None,
            client: operation.id.clone(),
            correlation: self.inner.correlation_id.clone(),
        }
    }

    /// The error for an operation whose time is over.
    pub(crate) fn timeout(&self, call: String, last: &str, ids: Arc<RequestIds>) -> ArmError {
        ArmError::Timeout {
            call,
            limit: self.inner.deadline,
            last: last.to_owned(),
            ids,
        }
    }

    /// The error for a request without an answer that can be read.
    fn unanswered(&self, call: String, error: &azure_core::Error, ids: Arc<RequestIds>) -> ArmError {
        match error.kind() {
            ErrorKind::Credential => self.inner.sign_in.failed(error),
            ErrorKind::DataConversion => ArmError::Decode {
                call,
                reason: causes(error),
                ids,
            },
            _ => ArmError::Transport {
                call,
                cause: causes(error),
                ids,
            },
        }
    }
}

impl Inner {
    fn new(connection: Connection, picked: Picked, pipeline: Pipeline, sign_in: Arc<SignIn>) -> Self {
        Self {
            cloud: connection.cloud,
            picked,
            sign_in,
            pipeline,
            deadline: connection.deadline,
            pace: connection.pace,
            observer: connection.observer,
            correlation_id: connection.correlation_id,
            registry_versions: Versions::registries(),
            subnet_versions: Versions::subnets(),
        }
    }
}

fn request(call: Call<'_>, operation: &Operation) -> Request {
    let mut request = Request::new(call.url.clone(), call.method);
    request.insert_header(ACCEPT, "application/json");
    request.insert_header(CLIENT_REQUEST_ID, operation.id.clone());
    if let Some(etag) = call.if_match {
        request.insert_header(IF_MATCH, etag.to_owned());
    }
    if let Some(body) = call.body {
        request.insert_header(CONTENT_TYPE, "application/json");
        request.set_body(body.to_string());
    }
    request
}
