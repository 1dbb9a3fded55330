//! The pipeline that every request passes through: retry, our name, the token, a record of each try.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, USER_AGENT};
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    ClientOptions, Context, LoggingOptions, Pipeline, Request, RetryOptions, Transport,
};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::governor::Governor;
use super::retry::Retry;
use crate::azure::connect::Connection;
use crate::azure::connect::transport::HttpTransport;
use crate::azure::error::ArmError;
use crate::azure::sign_in::SignIn;
use crate::azure::sign_in::credential::credential;
use crate::azure::sign_in::method::AuthMethod;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const AGENT: &str = concat!("ringfence/", env!("CARGO_PKG_VERSION"));

/// Builds the pipeline to ARM and the credential that it uses.
pub(crate) fn build(
    connection: &Connection,
    method: AuthMethod,
) -> Result<(Pipeline, Arc<SignIn>), ArmError> {
    // ARM and the authority share one transport, and thus its CAs and proxies.
    let http = HttpTransport::new(connection.ca_pem.as_deref(), &connection.env)?;
    let options = options(connection, http);
    let sign_in = credential(
        method,
        &connection.cloud,
        &connection.env,
        options.clone(),
        connection.deadline,
    )?;
    let token = BearerTokenAuthorizationPolicy::new(sign_in.clone(), [connection.cloud.scope()]);
    let retry = retry(connection, Some(sign_in.clone()));
    // Retry stands outside the token, so that each try has a valid one.
    let options = ClientOptions {
        per_call_policies: vec![Arc::new(retry)],
        ..options
    };
    let pipeline = Pipeline::new(
        Some("ringfence"),
        Some(env!("CARGO_PKG_VERSION")),
        options,
        Vec::new(),
        vec![
            Governor::new(connection.parallel, connection.observer.clone()),
            Arc::new(token),
            Arc::new(Record),
        ],
        None,
    );
    Ok((pipeline, sign_in))
}

/// Makes the retry policy. The credential's own pipeline has no `sign_in`: a 401 of the authority is final.
fn retry(connection: &Connection, sign_in: Option<Arc<SignIn>>) -> Retry {
    Retry {
        observer: connection.observer.clone(),
        pace: connection.pace,
        sign_in,
    }
}

/// Returns the options that ARM's pipeline and that of the credential share.
fn options(connection: &Connection, http: Arc<HttpTransport>) -> ClientOptions {
    let stamp = Stamp {
        correlation_id: connection.correlation_id.clone(),
    };
    ClientOptions {
        per_call_policies: vec![Arc::new(retry(connection, None))],
        per_try_policies: vec![Arc::new(stamp)],
        retry: RetryOptions::none(),
        transport: Some(Transport::new(http)),
        logging: LoggingOptions {
            additional_allowed_header_names: vec![CORRELATION_ID.as_str().to_owned().into()],
            ..LoggingOptions::default()
        },
        ..ClientOptions::default()
    }
}

/// Policy that puts our name and the run's id on each request.
#[derive(Debug)]
struct Stamp {
    correlation_id: String,
}

#[async_trait]
impl Policy for Stamp {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        request.insert_header(USER_AGENT, AGENT);
        request.insert_header(CORRELATION_ID, self.correlation_id.clone());
        next[0].send(ctx, request, &next[1..]).await
    }
}

/// Policy that records each try in a span. The query is left out, because links to operations carry signatures there.
#[derive(Debug)]
struct Record;

#[async_trait]
impl Policy for Record {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let span = tracing::info_span!(
            "arm",
            method = %request.method(),
            path = request.url().path(),
            status = tracing::field::Empty,
            ms = tracing::field::Empty,
            request_id = tracing::field::Empty,
        );
        // One span for each try: retries stand outside this policy.
        let started = Instant::now();
        let result = next[0]
            .send(ctx, request, &next[1..])
            .instrument(span.clone())
            .await;
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.record("ms", millis);
        // A try without an answer leaves these fields empty.
        if let Ok(answer) = &result {
            span.record("status", u16::from(answer.status()));
            let id = answer.headers().get_optional_str(&REQUEST_ID);
            span.record("request_id", id.unwrap_or_default());
        }
        span.in_scope(|| tracing::info!("answered"));
        result
    }
}
