//! The host that a client names: in the URL (HTTP/2) or in the `Host` header.

use std::net::Ipv6Addr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

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
        return of(authority).map(Some).ok_or_else(errors::bad_host);
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
    of(&text.parse().ok()?)
}

/// Returns the host of an authority without a user.
fn of(authority: &Authority) -> Option<NamedHost> {
    let host = authority.host();
    let port = port(authority.as_str().strip_prefix(host)?)?;
    let (name, shown) = match host.strip_prefix('[') {
        // One address may be written in several ways.
        Some(rest) => {
            let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            (address.to_string(), format!("[{address}]"))
        }
        None => {
            let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            if name.is_empty() || name.contains(['[', ']']) {
                return None;
            }
            (name.clone(), name)
        }
    };
    let origin = match port {
        443 => format!("https://{shown}"),
        port => format!("https://{shown}:{port}"),
    };
    Some(NamedHost { name, origin })
}

/// Reads what follows a host: nothing, or a colon and a port, which may be empty (RFC 3986, "Port").
fn port(text: &str) -> Option<u16> {
    let digits = match text.strip_prefix(':') {
        None => return text.is_empty().then_some(443),
        Some("") => return Some(443),
        Some(digits) => digits,
    };
    // `parse` would take `+443`.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    digits.parse().ok()
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
            ("[0:0::1]", Some(("::1", "https://[::1]"))),
            ("localhost:", Some(("localhost", "https://localhost"))),
            ("localhost:+1", None),
            ("[lab]", None),
            ("a%41", None),
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
