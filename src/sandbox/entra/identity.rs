//! The one application that the authority knows, and the key of its tokens.

use std::net::{Ipv6Addr, SocketAddr};

use uuid::Uuid;

use super::access_token::Signer;
use crate::sandbox::options::Options;
use crate::sandbox::server::own_names::own_names;
use crate::sandbox::state::store::Store;
use crate::sandbox::state::types::default_tenant;

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
    /// Origin that the sandbox announces, such as `https://127.0.0.1:41207`.
    pub(crate) base: String,
    /// Names and addresses of the sandbox's own host.
    own_names: Vec<String>,
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
            base: base(options.announce.as_deref(), address),
            own_names: own_names(address.ip(), options.announce.as_deref()),
        }
    }

    /// Returns true if `host` is a name of the sandbox. A client can put any other name into its `Host` header.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        self.own_names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Returns the origin that clients use.
fn base(announce: Option<&str>, address: SocketAddr) -> String {
    let port = address.port();
    match announce {
        Some(name) if name.parse::<Ipv6Addr>().is_ok() => format!("https://[{name}]:{port}"),
        Some(name) => format!("https://{name}:{port}"),
        None if address.ip().is_unspecified() => format!("https://localhost:{port}"),
        None => format!("https://{address}"),
    }
}
