//! A request as the handlers see it: path segments, query, headers and bytes.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;

use super::errors;
use super::response::Answer;
use crate::model::check_keys;

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as sent, for the log.
    pub(crate) path: String,
    /// Decoded path segments, as sent; ARM compares them without case.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// `https://host:port` as the client named it, so that links stay on the origin that it trusts.
    pub(crate) base: String,
}

impl Request {
    pub(crate) fn new(
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Vec<u8>,
        fallback: &str,
    ) -> Self {
        let host = uri
            .authority()
            .map(axum::http::uri::Authority::as_str)
            .or_else(|| headers.get(header::HOST)?.to_str().ok())
            .filter(|host| is_authority(host));
        let base = host.map_or_else(|| fallback.to_owned(), |host| format!("https://{host}"));
        Self {
            method,
            path: uri.path().to_owned(),
            segments: segments(uri.path()),
            query: pairs(uri.query().unwrap_or_default().as_bytes()),
            headers,
            body,
            base,
        }
    }

    /// The host that the client named, without port and brackets, in lower case.
    pub(crate) fn host(&self) -> String {
        let url = url::Url::parse(&self.base).ok();
        let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        host.trim_matches(['[', ']']).to_ascii_lowercase()
    }

    /// The key of the top-level resource that the path names or is below of:
    /// `/subscriptions/{s}/resourcegroups/{g}/providers/{namespace}/{type}/{name}`.
    pub(crate) fn resource_key(&self) -> String {
        let parts = self.segments.iter().take(8);
        parts
            .map(|part| format!("/{}", part.to_ascii_lowercase()))
            .collect()
    }

    /// The first value of a query parameter; names are compared without case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A query parameter that is there twice, without case: which of them counts is not known.
    pub(crate) fn query_twice(&self) -> Option<&str> {
        let mut names = BTreeSet::new();
        let mut keys = self.query.iter().map(|(key, _)| key.as_str());
        keys.find(|key| !names.insert(key.to_ascii_lowercase()))
    }

    /// The method that rate limits count: a name check is a POST and counts as a read (recorded: azure-powershell
    /// TestCreateWithNetworkRuleSet, 2020-10).
    pub(crate) fn counted_as(&self) -> &Method {
        let last = self.segments.last().map_or("", String::as_str);
        if last.eq_ignore_ascii_case("checkNameAvailability") {
            return &Method::GET;
        }
        &self.method
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as a JSON object, in which no key is there twice.
    pub(crate) fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>, Answer> {
        let kind = self.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(errors::unsupported_media_type(essence));
        }
        let read = serde_json::from_slice(&self.body);
        let read = read.map_err(|error| errors::invalid_content(&error.to_string()))?;
        check_keys(&self.body)
            .map_err(|error| errors::not_established(&format!("a body in which {error}")))?;
        Ok(read)
    }
}

/// Whether a URL can be made of it: what a client calls this host goes into links.
fn is_authority(host: &str) -> bool {
    !host.contains('@') && host.parse::<axum::http::uri::Authority>().is_ok()
}

fn segments(path: &str) -> Vec<String> {
    let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(decode)
        .collect()
}

/// The pairs of a query string or a form.
pub(crate) fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
