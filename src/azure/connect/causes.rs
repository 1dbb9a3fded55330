//! Causes of a request without an answer, read from the chain of errors that the HTTP stack returns.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::time::Duration;

/// Longest time until a connection is there.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time of one try. Removing a subnet rule took ten seconds (recorded: azure-cli test_acr_network_rule, 2022-06
/// and 2023-12).
pub(crate) const TRY_TIMEOUT: Duration = Duration::from_secs(60);

/// Kind of a request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// The server's certificate is not trusted. Another try cannot help.
    Certificate,
    /// No connection was made.
    Connect,
    /// The connection or the answer took too long.
    Timeout,
    /// The connection broke, or something else than ARM answered.
    Broken,
}

impl TransportKind {
    /// Finds out what went wrong below `error`. Returns `None` if no request failed there.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        // The certificate error lies deepest, and wins over the request that it broke.
        let mut kind = None;
        for cause in chain(error) {
            if let Some(error) = cause.downcast_ref::<rustls::Error>()
                && is_about_certificate(error)
            {
                return Some(Self::Certificate);
            }
            if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
                kind.get_or_insert(Self::of_request(error));
            }
        }
        kind
    }

    fn of_request(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Connect
        } else {
            Self::Broken
        }
    }
}

/// Returns true for TLS errors that blame the server's certificate.
fn is_about_certificate(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(_)
            | rustls::Error::InvalidCertRevocationList(_)
            | rustls::Error::NoCertificatesPresented
    )
}

/// Walks from an error to its root cause.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // `io::Error::source` skips the error that it wraps, and a TLS error is wrapped like that.
    if let Some(error) = error.downcast_ref::<io::Error>()
        && let Some(inner) = error.get_ref()
    {
        return Some(inner);
    }
    error.source()
}

/// Joins the chain of causes to one text, each cause once.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in chain(error) {
        let text = own_text(cause);
        // azure_core adds "failed to execute `reqwest` request", which says nothing to a user.
        let plumbing = text.contains("`reqwest`");
        // Many errors repeat their cause in their own text.
        let said = parts.iter().any(|part| part.contains(&text));
        if !text.is_empty() && !plumbing && !said {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// Returns the text of one error without its causes. A `reqwest` error has none of its own if it has a cause: its text
/// holds the URL with the query, and the query of a link to an operation is signed.
fn own_text(error: &(dyn Error + 'static)) -> String {
    let Some(request) = error.downcast_ref::<reqwest::Error>() else {
        return error.to_string();
    };
    if request.is_timeout() && request.is_connect() {
        format!("no connection within {CONNECT_TIMEOUT:?}")
    } else if request.is_timeout() {
        format!("no answer within {TRY_TIMEOUT:?}")
    } else if request.source().is_some() {
        String::new()
    } else {
        "the request failed".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_certificate_error_is_found() {
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let once = io::Error::new(io::ErrorKind::InvalidData, untrusted);
        let twice = io::Error::other(once);
        assert_eq!(TransportKind::of(&twice), Some(TransportKind::Certificate));
        assert_eq!(causes(&twice), "invalid peer certificate: UnknownIssuer");
    }

    #[test]
    fn errors_without_a_request_have_no_kind() {
        let other = io::Error::other("the word certificate alone");
        assert_eq!(TransportKind::of(&other), None);
        let handshake = io::Error::other(rustls::Error::HandshakeNotComplete);
        assert_eq!(TransportKind::of(&handshake), None);
    }
}
