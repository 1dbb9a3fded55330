//! The transport below the pipeline: our own timeouts, no redirects, a bound on the size of answers.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{AsyncRawResponse, HttpClient, Method, RawResponse, Request};
use futures::StreamExt as _;
use serde_json::Value;
use url::Url;

use super::causes::{CONNECT_TIMEOUT, TRY_TIMEOUT, TransportKind, causes};
use super::env::Env;
use super::proxy::{ProxySettings, is_local};
use crate::azure::error::ArmError;

/// Bound on an answer, in bytes. The largest known one, a page of 1,000 registries, has about 4 MB. The values of an answer
/// take about forty times its bytes: a run that read one of 8 MB took 340 MB.
const MAX_ANSWER: usize = 8 << 20;

/// HTTP transport of two clients: loopback and link-local addresses (a sandbox, the managed-identity endpoint) are never
/// reached through a proxy. Each client is made on first use, because loading the platform's CAs takes milliseconds.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    roots: Vec<reqwest::Certificate>,
    proxy: ProxySettings,
    direct: OnceLock<Result<reqwest::Client, String>>,
    proxied: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpTransport {
    /// Makes a transport that trusts the CAs in `ca_pem` besides the platform's. Fails if they are not PEM. `env` is the environment
    /// of the process, from which the client takes its proxy.
    pub(crate) fn new(ca_pem: Option<&[u8]>, env: &Env) -> Result<Arc<Self>, ArmError> {
        let roots = match ca_pem {
            Some(pem) => roots(pem)?,
            None => Vec::new(),
        };
        Ok(Arc::new(Self {
            roots,
            proxy: ProxySettings::of(env),
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
        }))
    }

    /// Sends one GET without a token and returns the JSON of its answer.
    pub(crate) async fn get_json(&self, url: &Url) -> Result<Value, ArmError> {
        // Everything but JSON with a success status is an address that is not ARM.
        let (kind, cause) = match self.get(url).await {
            Ok(answer) if answer.status().is_success() => match serde_json::from_slice(answer.body()) {
                Ok(json) => return Ok(json),
                Err(error) => (TransportKind::Broken, error.to_string()),
            },
            Ok(answer) => {
                let status = u16::from(answer.status());
                (TransportKind::Broken, format!("status {status}"))
            }
            Err(error) => {
                let kind = TransportKind::of(&error).unwrap_or(TransportKind::Broken);
                (kind, causes(&error))
            }
        };
        Err(ArmError::Transport {
            call: format!("GET {}", url.path()),
            kind,
            cause,
            ids: Arc::default(),
        })
    }

    async fn get(&self, url: &Url) -> azure_core::Result<RawResponse> {
        let request = Request::new(url.clone(), Method::Get);
        let answer = self.execute_request(&request).await?;
        answer.try_into_raw_response().await
    }

    /// Returns the client for `url`.
    fn client(&self, url: &Url) -> azure_core::Result<&reqwest::Client> {
        let past_proxy = self.proxy.check(url);
        past_proxy.map_err(|error| Error::with_message(ErrorKind::Other, error.to_string()))?;
        // `NO_PROXY` need not name this machine.
        let made = if is_local(url) {
            self.direct.get_or_init(|| self.build(false))
        } else {
            self.proxied.get_or_init(|| self.build(true))
        };
        made.as_ref()
            .map_err(|cause| Error::with_message(ErrorKind::Other, cause.clone()))
    }

    fn build(&self, proxy: bool) -> Result<reqwest::Client, String> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TRY_TIMEOUT)
            // Nagle's algorithm would hold a request back until the server acknowledges the one before.
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(self.roots.iter().cloned());
        if !proxy {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| causes(&error))
    }
}

#[async_trait]
impl HttpClient for HttpTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = self.client(request.url())?.execute_request(request).await?;
        let (status, headers, body) = answer.deconstruct();
        // The length in a header may be missing or wrong, so the bytes are counted.
        let mut left = MAX_ANSWER;
        let bounded = body.map(move |chunk| take(&mut left, chunk?));
        Ok(AsyncRawResponse::new(status, headers, Box::pin(bounded)))
    }
}

/// Counts `bytes` against what is left of the bound. Fails once the bound is passed.
fn take(left: &mut usize, bytes: Bytes) -> azure_core::Result<Bytes> {
    let Some(rest) = left.checked_sub(bytes.len()) else {
        let message = format!("the answer has more than {} MB", MAX_ANSWER >> 20);
        return Err(Error::with_message(ErrorKind::DataConversion, message));
    };
    *left = rest;
    Ok(bytes)
}

/// Reads CAs in PEM.
fn roots(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, ArmError> {
    let reason = match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(roots) if !roots.is_empty() => return Ok(roots),
        Ok(_) => "has no certificate",
        Err(_) => "is not PEM",
    };
    Err(ArmError::Setup {
        message: format!("the CA file {reason}"),
        help: "give `--ca-file` a PEM file with one or more `BEGIN CERTIFICATE` blocks".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ca_file_without_certificates_is_refused() {
        for pem in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\nAA"] {
            assert!(matches!(
                HttpTransport::new(Some(pem), &Env::new()),
                Err(ArmError::Setup { .. })
            ));
        }
    }

    #[test]
    fn answer_over_the_bound_is_an_error() {
        let mut left = 3;
        assert!(take(&mut left, Bytes::from_static(b"ab")).is_ok());
        assert!(take(&mut left, Bytes::from_static(b"cd")).is_err());
    }
}
