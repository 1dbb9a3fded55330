//! The host that a client names: in the URL (HTTP/2) or in the `Host` header.

use axum::http::{HeaderMap, Uri, header};
use url::Url;

use super::errors;
use super::response::Answer;

/// A host as the client named it.
#[derive(Clone)]
pub(crate) struct NamedHost {
    /// In lower case, without port, brackets and the dot at the end of a full name.
    pub(crate) name: String,
    /// Origin such as `https://localhost:8443`. It has no port if that is 443.
    pub(crate) origin: String,
}

/// Returns the host of a request, `None` if it names none.
///
/// # Errors
///
/// A 400 for two hosts, and for a text that is not a host with or without a port (RFC 9112, "Host").
pub(crate) fn named(uri: &Uri, headers: &HeaderMap) -> Result<Option<NamedHost>, Answer> {
    if let Some(authority) = uri.authority() {
        return read(authority.as_str()).map(Some).ok_or_else(errors::bad_host);
    }
    let mut values = headers.get_all(header::HOST).iter();
    let read = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().ok().and_then(read),
        (Some(_), Some(_)) => None,
    };
    read.map(Some).ok_or_else(errors::bad_host)
}

/// Reads `HOST[:PORT]`.
pub(crate) fn read(text: &str) -> Option<NamedHost> {
    // A URL would take a user, a path or white space too.
    if text.contains(['@', '/', '\\', '?', '#']) || text.contains(char::is_whitespace) {
        return None;
    }
    let mut url = Url::parse(&format!("https://{text}")).ok()?;
    let name = url.host_str()?.trim_matches(['[', ']']);
    let name = name.strip_suffix('.').unwrap_or(name).to_owned();
    if !url.host_str()?.starts_with('[') {
        url.set_host(Some(&name)).ok()?;
    }
    Some(NamedHost {
        name,
        origin: url.origin().ascii_serialization(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_without_case_dot_and_default_port() {
        let rows = [
            ("Localhost", Some(("localhost", "https://localhost"))),
            ("localhost:443", Some(("localhost", "https://localhost"))),
            ("a.test:8443", Some(("a.test", "https://a.test:8443"))),
            (
                "Lab.azurecr.io.",
                Some(("lab.azurecr.io", "https://lab.azurecr.io")),
            ),
            (
                "lab.azurecr.io.:1",
                Some(("lab.azurecr.io", "https://lab.azurecr.io:1")),
            ),
            ("[::1]:2", Some(("::1", "https://[::1]:2"))),
            ("a:99999", None),
            ("a:x", None),
            ("a b", None),
            ("user@a", None),
            ("a/b", None),
            ("\"><b>", None),
            (".", None),
            ("", None),
            ("[::1", None),
        ];
        for (text, want) in rows {
            let found = read(text);
            let found = found
                .as_ref()
                .map(|host| (host.name.as_str(), host.origin.as_str()));
            assert_eq!(found, want, "{text}");
        }
    }
}
