//! The transport below the pipeline: our own timeouts, no redirects, a bound on the size of answers.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use futures::StreamExt as _;
use serde_json::Value;
use url::{Host, Url};

use crate::azure::error::ArmError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Removing a subnet rule took ten seconds (recorded: azure-cli test_acr_network_rule, 2022-06 and 2023-12).
const TRY_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest known answer, a page of 1,000 registries, has about 4 MB.
const MAX_ANSWER: usize = 64 << 20;

/// Two clients: loopback and link-local addresses (a sandbox, the managed-identity endpoint) are never reached
/// through a proxy. Each is made on first use, because loading the platform's CAs takes milliseconds.
#[derive(Debug)]
pub(crate) struct Http {
    roots: Vec<reqwest::Certificate>,
    direct: OnceLock<Result<reqwest::Client, String>>,
    proxied: OnceLock<Result<reqwest::Client, String>>,
}

impl Http {
    /// `ca_pem`: CAs to trust besides the platform's.
    pub(crate) fn new(ca_pem: Option<&[u8]>) -> Result<Arc<Self>, ArmError> {
        let roots = ca_pem.map_or_else(|| Ok(Vec::new()), roots)?;
        Ok(Arc::new(Self {
            roots,
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
        }))
    }

    /// One GET without a token.
    pub(crate) async fn get_json(&self, url: &Url) -> Result<Value, ArmError> {
        let call = format!("GET {}", url.path());
        let failed = |cause: String| ArmError::Transport {
            call: call.clone(),
            cause,
            ids: Arc::default(),
        };
        let request = Request::new(url.clone(), azure_core::http::Method::Get);
        let answer = self
            .execute_request(&request)
            .await
            .map_err(|error| failed(causes(&error)))?;
        let status = u16::from(answer.status());
        let answer = answer
            .try_into_raw_response()
            .await
            .map_err(|error| failed(causes(&error)))?;
        if !(200..300).contains(&status) {
            return Err(failed(format!("status {status}")));
        }
        serde_json::from_slice(answer.body()).map_err(|error| failed(error.to_string()))
    }

    /// The client for `url`.
    fn client(&self, url: &Url) -> azure_core::Result<&reqwest::Client> {
        let made = if is_local(url) {
            self.direct.get_or_init(|| self.build(false))
        } else {
            self.proxied.get_or_init(|| self.build(true))
        };
        made.as_ref()
            .map_err(|cause| Error::with_message(ErrorKind::Other, cause.clone()))
    }

    fn build(&self, proxy: bool) -> Result<reqwest::Client, String> {
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TRY_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(self.roots.iter().cloned());
        let builder = if proxy { builder } else { builder.no_proxy() };
        builder.build().map_err(|error| causes(&error))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = self.client(request.url())?.execute_request(request).await?;
        let (status, headers, body) = answer.deconstruct();
        let mut left = MAX_ANSWER;
        let bounded = body.map(move |chunk| chunk.and_then(|bytes| take(&mut left, bytes)));
        Ok(AsyncRawResponse::new(status, headers, Box::pin(bounded)))
    }
}

/// Counts `bytes` against what is left of the bound.
fn take(left: &mut usize, bytes: Bytes) -> azure_core::Result<Bytes> {
    *left = left.checked_sub(bytes.len()).ok_or_else(|| {
        let limit = MAX_ANSWER >> 20;
        Error::with_message(
            ErrorKind::DataConversion,
            format!("the answer has more than {limit} MB"),
        )
    })?;
    Ok(bytes)
}

/// Reads a PEM file of CAs.
fn roots(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, ArmError> {
    let refused = |reason: &str| ArmError::Setup {
        message: format!("the CA file {reason}"),
        help: "give `--ca-file` a PEM file with one or more `BEGIN CERTIFICATE` blocks".into(),
    };
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(roots) if roots.is_empty() => Err(refused("has no certificate")),
        Ok(roots) => Ok(roots),
        Err(_) => Err(refused("is not PEM")),
    }
}

/// Whether `url` leads to this machine or to its hypervisor.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// The chain of causes, each said once. A `reqwest` error is skipped for its cause: its text has the URL with the
/// query, and that of an operation is signed.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = match error.downcast_ref::<reqwest::Error>() {
            Some(error) if error.is_timeout() && error.is_connect() => {
                format!("no connection within {CONNECT_TIMEOUT:?}")
            }
            Some(error) if error.is_timeout() => format!("no answer within {TRY_TIMEOUT:?}"),
            Some(error) if error.source().is_some() => String::new(),
            Some(_) => "the request failed".to_owned(),
            None => error.to_string(),
        };
        let plumbing = text.contains("`reqwest`");
        if !text.is_empty() && !plumbing && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_link_local_addresses_bypass_the_proxy() {
        for (url, local) in [
            ("https://127.0.0.1:8443/", true),
            ("https://localhost/", true),
            ("https://[::1]:1/", true),
            ("http://169.254.169.254/metadata", true),
            ("https://management.azure.com/", false),
            ("https://10.0.0.1/", false),
        ] {
            assert_eq!(is_local(&Url::parse(url).unwrap()), local, "{url}");
        }
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        for pem in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\nAA"] {
            assert!(matches!(Http::new(Some(pem)), Err(ArmError::Setup { .. })));
        }
    }

    #[test]
    fn an_answer_over_the_bound_is_an_error() {
        let mut left = 3;
        assert!(take(&mut left, Bytes::from_static(b"ab")).is_ok());
        assert!(take(&mut left, Bytes::from_static(b"cd")).is_err());
    }
}
