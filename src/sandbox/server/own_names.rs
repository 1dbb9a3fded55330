//! Names under which clients reach the sandbox's ARM and authority.

use std::net::IpAddr;

/// Names of the sandbox, and the origin that it announces.
pub(crate) struct OwnNames {
    /// Origin of links for clients that use none of the names, such as `https://127.0.0.1:41207`.
    pub(crate) base: String,
    /// Names of the server certificate.
    pub(crate) names: Vec<String>,
}

impl OwnNames {
    /// Returns true if `host` is one of the names. A client can put any other name into its `Host` header.
    pub(crate) fn contain(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Returns the names of the server certificate: `localhost`, both loopback addresses, the address listened on and the
/// announced names.
pub(crate) fn own_names(listen: IpAddr, announce: &[String]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listen.is_loopback() && !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    names.extend_from_slice(announce);
    names
}
