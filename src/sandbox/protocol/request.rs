//! Requests as handlers see them: path segments, query, headers and bytes.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;

use super::errors;
use super::response::Answer;
use crate::model::check_keys;

/// A request whose body has been read.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path as sent.
    pub(crate) path: String,
    /// Decoded segments of the path as sent. ARM compares them without case.
    pub(crate) segments: Vec<String>,
    /// Decoded pairs of the query, in order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// `https://host:port` as the client named it, so that links have the origin that it trusts.
    pub(crate) base: String,
}

impl Request {
    /// Makes a request. `fallback` is the origin if the client names no valid host.
    pub(crate) fn new(
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Vec<u8>,
        fallback: &str,
    ) -> Self {
        // A client that uses another name of this host gets links with that name.
        let base = match named_host(uri, &headers) {
            Some(host) if is_authority(host) => format!("https://{host}"),
            _ => fallback.to_owned(),
        };
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

    /// Returns the host that the client named, in lower case, without port and brackets.
    pub(crate) fn host(&self) -> String {
        let url = url::Url::parse(&self.base).ok();
        let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        host.trim_matches(['[', ']']).to_ascii_lowercase()
    }

    /// Returns the key of the top-level resource at or above the path:
    /// `/subscriptions/{s}/resourcegroups/{g}/providers/{namespace}/{type}/{name}` in lower case.
    pub(crate) fn resource_key(&self) -> String {
        let mut key = String::new();
        for segment in self.segments.iter().take(8) {
            key.push('/');
            key.push_str(&segment.to_ascii_lowercase());
        }
        key
    }

    /// Returns the first value of a query parameter. Names are compared without case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        for (known, value) in &self.query {
            if known.eq_ignore_ascii_case(name) {
                return Some(value);
            }
        }
        None
    }

    /// Returns a query parameter that is sent twice, without case. No source says which of them counts.
    pub(crate) fn query_twice(&self) -> Option<&str> {
        let mut names = BTreeSet::new();
        let mut sent = self.query.iter().map(|(name, _)| name.as_str());
        sent.find(|name| !names.insert(name.to_ascii_lowercase()))
    }

    /// Returns the method that rate limits count. A name check is a POST and counts as a read (recorded:
    /// azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
    pub(crate) fn counted_as(&self) -> &Method {
        match self.segments.last() {
            Some(last) if last.eq_ignore_ascii_case("checkNameAvailability") => &Method::GET,
            _ => &self.method,
        }
    }

    /// Returns a header, `None` if it is absent or not ASCII.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the body as a JSON object.
    ///
    /// # Errors
    ///
    /// 415 for another content type, 400 if it is not a JSON object, 501 if it has a key twice: no source says which
    /// of two keys counts.
    pub(crate) fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>, Answer> {
        // `application/json; charset=utf-8` is JSON too.
        let kind = self.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(errors::unsupported_media_type(essence));
        }
        let read = match serde_json::from_slice(&self.body) {
            Ok(read) => read,
            Err(error) => return Err(errors::invalid_content(&error.to_string())),
        };
        // A parsed object has lost its duplicate keys, so the bytes are checked again.
        match check_keys(&self.body) {
            Ok(()) => Ok(read),
            Err(error) => Err(errors::not_established(&format!("a body in which {error}"))),
        }
    }
}

/// Returns the host of the URL (HTTP/2) or of the `Host` header.
fn named_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST)?.to_str().ok(),
    }
}

/// Returns true if a URL can be made with this host: it goes into links.
fn is_authority(host: &str) -> bool {
    !host.contains('@') && host.parse::<axum::http::uri::Authority>().is_ok()
}

/// Splits a path into decoded segments. An encoded `/` separates in a whole scope only, which Cloud Custodian's lock
/// client sends as one segment.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for part in path.split('/') {
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        if is_scope(&decoded) {
            segments.extend(decoded.split('/').map(str::to_owned));
        } else {
            segments.push(decoded.into_owned());
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn is_scope(segment: &str) -> bool {
    let first = segment.trim_start_matches('/').split_once('/');
    first.is_some_and(|(first, _)| first.eq_ignore_ascii_case("subscriptions"))
}

/// Decodes the pairs of a query string or a form.
pub(crate) fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
