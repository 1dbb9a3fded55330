//! The one application that the authority knows, and the key of its tokens.

use std::net::{Ipv6Addr, SocketAddr};

use uuid::Uuid;

use super::access_token::Signer;
use crate::sandbox::options::Options;
use crate::sandbox::server::own_names::{OwnNames, own_names};
use crate::sandbox::state::store::Store;
use crate::sandbox::state::subscription::default_tenant;

/// The one application that the authority knows.
pub(crate) struct Identity {
    pub(crate) signer: Signer,
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Secret of the managed identity's endpoint.
    pub(crate) identity_header: String,
    /// Time that a token is valid, in seconds.
    pub(crate) token_lifetime: i64,
    /// Names of the sandbox, and the origin that it announces.
    pub(crate) own: OwnNames,
}

impl Identity {
    /// Makes an identity in the tenant of the first subscription, with new secrets.
    pub(crate) fn new(store: &Store, options: &Options, address: SocketAddr) -> Self {
        // Most states have one tenant, so the application is made there.
        let tenant = match store.subscriptions.first() {
            Some(subscription) => subscription.tenant.clone(),
            None => default_tenant(),
        };
        Self {
            signer: Signer::new(),
            tenant_id: tenant,
            client_id: Uuid::new_v4().to_string(),
            client_secret: Uuid::new_v4().simple().to_string(),
            identity_header: Uuid::new_v4().simple().to_string(),
            // Half of the range, so that the sum with the time of day fits.
            token_lifetime: i64::try_from(options.token_lifetime.as_secs())
                .unwrap_or(i64::MAX)
                .min(i64::MAX / 2),
            own: OwnNames {
                base: base(options.announce.first().map(String::as_str), address),
                names: own_names(address.ip(), &options.announce),
            },
        }
    }
}

/// Returns the origin that clients use.
fn base(announce: Option<&str>, address: SocketAddr) -> String {
    let host = match announce {
        Some(name) => name.to_owned(),
        None if address.ip().is_unspecified() => "localhost".to_owned(),
        None => address.ip().to_string(),
    };
    let host = match host.parse::<Ipv6Addr>() {
        Ok(_) => format!("[{host}]"),
        Err(_) => host,
    };
    match address.port() {
        // Clients leave this port out of the origins that they compare.
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_has_the_first_name_and_no_default_port() {
        let rows = [
            (None, "127.0.0.1:4", "https://127.0.0.1:4"),
            (None, "0.0.0.0:4", "https://localhost:4"),
            (None, "[::1]:4", "https://[::1]:4"),
            (Some("lab.test"), "127.0.0.1:4", "https://lab.test:4"),
            (Some("2001:db8::1"), "[::1]:4", "https://[2001:db8::1]:4"),
            (
                Some("management.azure.com"),
                "127.0.0.1:443",
                "https://management.azure.com",
            ),
        ];
        for (announce, address, want) in rows {
            assert_eq!(base(announce, address.parse().unwrap()), want);
        }
    }
}
