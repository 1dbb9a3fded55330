//! Requests as handlers see them: path segments, query, headers and bytes.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

use super::errors;
use super::host::NamedHost;
use super::response::Answer;
use crate::model::check_keys;
use crate::sandbox::server::own_names::OwnNames;

/// Headers that the sandbox reads, and that clients send once.
const READ_ONCE: [&str; 6] = [
    "authorization",
    "content-encoding",
    "content-type",
    "if-match",
    "if-none-match",
    "x-ms-correlation-request-id",
];

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
    /// Host that the client named, or that of the sandbox.
    pub(crate) host: NamedHost,
    /// Origin of links: the one that the client named if it is a name of the sandbox, else the announced one.
    pub(crate) base: String,
    /// True if a fault makes an operation of a write that is else done at once, where Azure has both.
    pub(crate) is_operation: bool,
}

impl Request {
    /// Makes a request. `host` is `None` if the client names none.
    pub(crate) fn new(
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Vec<u8>,
        host: Option<NamedHost>,
        own: &OwnNames,
    ) -> Self {
        let host = host.unwrap_or_else(|| NamedHost {
            name: String::new(),
            origin: own.base.clone(),
        });
        // A port may be forwarded, so the origin is that of the client.
        let base = if own.contain(&host.name) {
            host.origin.clone()
        } else {
            own.base.clone()
        };
        Self {
            method,
            path: uri.path().to_owned(),
            segments: segments(uri.path()),
            query: pairs(uri.query().unwrap_or_default().as_bytes()),
            headers,
            body,
            host,
            base,
            is_operation: false,
        }
    }

    /// Returns the GET of another URL by the same client.
    pub(crate) fn get(&self, uri: &Uri) -> Self {
        Self {
            method: Method::GET,
            path: uri.path().to_owned(),
            segments: segments(uri.path()),
            query: pairs(uri.query().unwrap_or_default().as_bytes()),
            body: Vec::new(),
            is_operation: false,
            ..self.clone()
        }
    }

    /// Returns the same request with [`Request::is_operation`] set.
    pub(crate) fn as_operation(&self) -> Self {
        Self {
            is_operation: true,
            ..self.clone()
        }
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

    /// Names what no source answers in any request: a header twice that the sandbox reads, and a compressed body.
    pub(crate) fn open_question(&self) -> Option<String> {
        for name in READ_ONCE {
            if self.headers.get_all(name).iter().nth(1).is_some() {
                return Some(format!("a request with two `{name}` headers"));
            }
        }
        match self.header("content-encoding") {
            None | Some("identity") => None,
            Some(_) if self.body.is_empty() => None,
            Some(encoding) => Some(format!("a body with `content-encoding: {encoding}`")),
        }
    }

    /// Reads the body as a JSON object.
    ///
    /// # Errors
    ///
    /// 415 for another content type, 400 if it is not a JSON object, 501 if it has a key twice: no source says which
    /// of two keys counts.
    pub(crate) fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>, Answer> {
        let kind = self.header("content-type").unwrap_or_default();
        let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        if !essence.trim().eq_ignore_ascii_case("application/json") {
            return Err(errors::unsupported_media_type(essence.trim()));
        }
        if let Some(charset) = charset(parameters)
            && !charset.eq_ignore_ascii_case("utf-8")
        {
            return Err(errors::own_invalid_content(&format!(
                "a body in `{charset}`; JSON is UTF-8"
            )));
        }
        let read = match serde_json::from_slice(&self.body) {
            Ok(read) => read,
            Err(error) => {
                return Err(errors::own_invalid_content(&format!(
                    "the body is not a JSON object: {error}"
                )));
            }
        };
        // A parsed object has lost its duplicate keys, so the bytes are checked again.
        match check_keys(&self.body) {
            Ok(()) => Ok(read),
            Err(error) => Err(errors::not_established(&format!("a body in which {error}"))),
        }
    }
}

/// Returns the charset of the parameters of a content type, `None` if they have none.
fn charset(parameters: &str) -> Option<&str> {
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("charset") {
            return Some(value.trim().trim_matches('"'));
        }
    }
    None
}

/// Splits a path into decoded segments. An encoded `/` separates in a whole scope only, which Cloud Custodian's lock
/// client sends as one segment.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::with_capacity(path.matches('/').count());
    for part in path.split('/').filter(|part| !part.is_empty()) {
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
