//! Names under which clients reach the sandbox's ARM and authority.

use std::net::IpAddr;

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
