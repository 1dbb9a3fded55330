//! The settings that every probe of a run shares.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::patience::Patience;
use super::tls::TrustedCas;

/// Variables of the process.
pub type Variables = BTreeMap<String, String>;

/// Probes of one run.
pub struct Probes {
    pub(super) variables: Variables,
    pub(super) trusted: TrustedCas,
    /// The DNS server to ask; `None` for those of the system.
    pub(super) dns_server: Option<SocketAddr>,
    /// The address to connect to, instead of those that names resolve to.
    pub(super) connect_to: Option<SocketAddr>,
    pub(super) patience: Patience,
}

/// Settings of the probes of one run.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    pub variables: Variables,
    /// CAs to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    pub dns_server: Option<SocketAddr>,
    pub connect_to: Option<SocketAddr>,
    pub patience: Patience,
}

impl Probes {
    /// Makes the probes of a run.
    pub fn new(options: ProbeOptions) -> Self {
        Self {
            trusted: TrustedCas::new(options.ca_pem.as_deref()),
            variables: options.variables,
            dns_server: options.dns_server,
            connect_to: options.connect_to,
            patience: options.patience,
        }
    }
}
