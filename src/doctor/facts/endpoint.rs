//! The way to one host: its addresses, the proxy, TCP, TLS, and the answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::Url;

use crate::model::{Cidr, ProxyUrlFault};

/// The way to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointFacts {
    pub host: String,
    pub lookup: Lookup,
    /// `None` if there was no address to connect to.
    pub connection: Option<ConnectionAttempt>,
}

/// The addresses of a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The DNS servers that were asked.
    pub servers: Vec<String>,
    /// The names that the name is an alias of, in their order.
    pub aliases: Vec<String>,
    pub addresses: Vec<IpAddr>,
    pub outcome: LookupOutcome,
}

/// The outcome of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupOutcome {
    /// The address to connect to is given.
    NotAsked,
    Answered,
    /// NXDOMAIN: there is no such name.
    NoSuchName,
    /// The name, or the name that it is an alias of, has no address.
    NoAddress,
    /// SERVFAIL or REFUSED, by its name.
    Refused(String),
    TimedOut,
    /// The servers cannot be asked, with the reason.
    Failed(String),
}

/// One connection to a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionAttempt {
    pub via: Via,
    /// Each address that was tried, with the outcome.
    pub tcp: Vec<(SocketAddr, TcpOutcome)>,
    /// The proxy's answer to CONNECT.
    pub tunnel: Option<Tunnel>,
    pub tls: Option<Tls>,
    /// The answer to `GET /v2/`. Hosts of layers are not asked.
    pub answer: Option<Result<BaseAnswer, NoAnswer>>,
}

/// The first hop of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    Direct,
    /// The proxy's URL without its credentials, and where it is set.
    Proxy {
        url: String,
        set_by: String,
    },
}

/// The outcome of opening a TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOutcome {
    Connected,
    Refused,
    TimedOut,
    Failed(String),
}

/// The proxy's answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tunnel {
    Open,
    /// 407: it wants credentials.
    WantsCredentials,
    Refused(u16),
    /// It closed the connection, or it does not speak the protocol of its URL's scheme.
    Closed,
    TimedOut,
    /// A SOCKS proxy opened no tunnel: it refuses, or it does not speak the protocol.
    NotOpened,
    /// It was not asked: its URL is not one of a proxy.
    BadUrl(ProxyUrlFault),
}

/// The certificate that a host showed, and the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Organisation or name of the certificate's issuer.
    pub issuer: Option<String>,
    pub outcome: TlsOutcome,
}

/// The outcome of a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsOutcome {
    Done,
    /// No known authority has signed the certificate.
    Untrusted,
    /// The certificate is of another host.
    WrongName,
    /// The certificate has expired, or the clock of this machine is wrong.
    OutOfTime,
    TimedOut,
    Closed,
    Failed(String),
}

/// The answer to `GET /v2/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseAnswer {
    pub status: u16,
    /// True if the header `Docker-Distribution-Api-Version` is there, which registries send.
    pub has_version: bool,
    /// True if the body has the form of a registry's error.
    pub from_registry: bool,
    /// The address that the registry saw and refused.
    pub denied: Option<IpAddr>,
    /// Where a token is to be had.
    pub challenge: Option<Challenge>,
}

/// The challenge of a 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub service: String,
}

impl BaseAnswer {
    /// Returns the address that the registry refused as a range that a rule can name. An IPv6 address is none.
    pub fn denied_range(&self) -> Option<Cidr> {
        match self.denied? {
            IpAddr::V4(address) => Cidr::containing(address, 32),
            IpAddr::V6(_) => None,
        }
    }
}

impl Challenge {
    /// Returns the host that gives tokens. `None` if the realm is not an HTTPS URL.
    pub fn host(&self) -> Option<String> {
        let realm = Url::parse(&self.realm).ok()?;
        let host = realm.host_str().map(str::to_owned);
        host.filter(|_| realm.scheme() == "https")
    }
}

/// The reason why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    TimedOut,
    Closed,
    Failed(String),
}

impl Lookup {
    /// Returns true if every address is one of a private network.
    pub fn is_private(&self) -> bool {
        !self.addresses.is_empty() && self.private_addresses() == self.addresses.len()
    }

    /// Counts the addresses of private networks.
    pub(crate) fn private_addresses(&self) -> usize {
        self.addresses
            .iter()
            .filter(|address| is_private(address))
            .count()
    }

    /// Returns true if the name is an alias in a zone of private endpoints.
    pub fn is_private_link(&self) -> bool {
        self.aliases.iter().any(|alias| alias.contains(".privatelink."))
    }
}

impl ConnectionAttempt {
    /// Returns true if the first hop was reached.
    pub fn is_connected(&self) -> bool {
        self.tcp
            .iter()
            .any(|(_, outcome)| *outcome == TcpOutcome::Connected)
    }

    /// Returns true if an address gave no answer in time.
    pub fn is_silent(&self) -> bool {
        self.tcp
            .iter()
            .any(|(_, outcome)| *outcome == TcpOutcome::TimedOut)
    }

    /// Returns true if the connection goes through a proxy.
    pub fn has_proxy(&self) -> bool {
        matches!(self.via, Via::Proxy { .. })
    }
}

/// Addresses that Azure treats as private beside those of RFC 1918: the shared address space of RFC 6598 (docs:
/// virtual-networks-faq, "What address ranges can I use in my virtual networks?").
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

/// Returns true for an address of a private network.
pub(in crate::doctor) fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || is_shared(*address),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}
