//! Kinds of requests that ARM counts by themselves.

use azure_core::http::Method;
use azure_core::http::headers::HeaderName;

/// Kind of a request, as ARM counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    Read,
    Write,
    Delete,
}

impl RequestKind {
    /// Returns the kind of a method. ARM counts a POST as a write.
    pub(crate) fn of(method: Method) -> Self {
        match method {
            Method::Get | Method::Head => Self::Read,
            Method::Delete => Self::Delete,
            _ => Self::Write,
        }
    }

    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }

    /// Requests that a bucket gains in a second (docs: Azure Resource Manager, "Understand how Azure Resource Manager
    /// throttles requests").
    pub(super) fn refill(self) -> f64 {
        match self {
            Self::Read => 25.0,
            Self::Write | Self::Delete => 10.0,
        }
    }

    /// Headers that say how many requests are left.
    pub(super) fn headers(self) -> [HeaderName; 2] {
        let names = match self {
            Self::Read => [
                "x-ms-ratelimit-remaining-subscription-reads",
                "x-ms-ratelimit-remaining-subscription-global-reads",
            ],
            Self::Write => [
                "x-ms-ratelimit-remaining-subscription-writes",
                "x-ms-ratelimit-remaining-subscription-global-writes",
            ],
            Self::Delete => [
                "x-ms-ratelimit-remaining-subscription-deletes",
                "x-ms-ratelimit-remaining-subscription-global-deletes",
            ],
        };
        names.map(HeaderName::from_static)
    }
}
