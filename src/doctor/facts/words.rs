//! Facts in words.

use std::net::IpAddr;

use super::endpoint::{
    ConnectionAttempt, EndpointFacts, Lookup, LookupOutcome, NoAnswer, TcpOutcome, Tls, TlsOutcome,
    Tunnel, Via,
};

/// Organisations that issue the certificates of registries (docs: Azure certificate authority details).
const ISSUERS: [&str; 2] = ["microsoft", "digicert"];

impl LookupOutcome {
    /// Describes the outcome.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::NotAsked => "not asked: the address to connect to is given".to_owned(),
            Self::Answered => "the name resolves".to_owned(),
            Self::NoSuchName => "there is no such name (NXDOMAIN)".to_owned(),
            Self::NoAddress => "the name has no address".to_owned(),
            Self::Refused(code) => format!("the DNS server answers {code}"),
            Self::TimedOut => "no DNS server answers in time".to_owned(),
            Self::Failed(reason) => format!("the DNS servers cannot be asked: {reason}"),
        }
    }
}

impl Lookup {
    /// Lists the addresses, each with what it is.
    pub(crate) fn addresses_in_words(&self) -> String {
        let mut words = Vec::new();
        for address in &self.addresses {
            words.push(format!("{address} ({})", kind_of(address)));
        }
        words.join(", ")
    }
}

fn kind_of(address: &IpAddr) -> &'static str {
    match address {
        _ if address.is_loopback() => "this machine",
        _ if super::endpoint::is_private(address) => "private",
        _ => "public",
    }
}

impl Via {
    /// Names the first hop.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Direct => "none".to_owned(),
            Self::Proxy { url, set_by } => format!("{url} ({set_by})"),
        }
    }
}

impl TcpOutcome {
    fn in_words(&self) -> &str {
        match self {
            Self::Connected => "connected",
            Self::Refused => "connection refused",
            Self::TimedOut => "no answer in time",
            Self::Failed(reason) => reason,
        }
    }
}

impl ConnectionAttempt {
    /// Lists the addresses that were tried, each with its outcome.
    pub(crate) fn tcp_in_words(&self) -> String {
        let mut words = Vec::new();
        for (address, outcome) in &self.tcp {
            words.push(format!("{address}: {}", outcome.in_words()));
        }
        match words.is_empty() {
            true => "there is no address to connect to".to_owned(),
            false => words.join(", "),
        }
    }
}

impl Tunnel {
    /// Describes the answer to CONNECT.
    pub(crate) fn in_words(self) -> String {
        let words = match self {
            Self::Open => "it connects",
            Self::WantsCredentials => "it answers 407: it wants credentials",
            Self::Refused(_) => "it does not let this host through",
            Self::Closed => "it closes the connection: the scheme of its URL may be wrong",
            Self::TimedOut => "it does not answer in time",
            Self::NotOpened => "it opens no tunnel: it refuses, or the scheme of its URL is wrong",
            Self::BadUrl(fault) => return format!("not asked: {}", fault.in_words()),
        };
        words.to_owned()
    }

    /// Returns true if the proxy does not work at all.
    pub(crate) fn is_broken(self) -> bool {
        matches!(
            self,
            Self::Closed | Self::NotOpened | Self::TimedOut | Self::BadUrl(_)
        )
    }
}

impl Tls {
    /// Returns true if somebody else than the issuers of Azure has issued a certificate that is not trusted.
    pub(crate) fn is_intercepted(&self) -> bool {
        let issuer = self.issuer.as_deref().unwrap_or_default().to_ascii_lowercase();
        self.outcome == TlsOutcome::Untrusted && !ISSUERS.iter().any(|known| issuer.contains(known))
    }
}

impl TlsOutcome {
    /// Describes the outcome.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Done => "the certificate is trusted".to_owned(),
            Self::Untrusted => "the certificate is not trusted".to_owned(),
            Self::WrongName => "the certificate is of another host".to_owned(),
            Self::OutOfTime => "the certificate is not valid at this time".to_owned(),
            Self::TimedOut => "no answer in time".to_owned(),
            Self::Closed => "the connection was closed".to_owned(),
            Self::Failed(reason) => reason.clone(),
        }
    }
}

impl NoAnswer {
    /// Describes the reason.
    pub(crate) fn in_words(&self) -> &str {
        match self {
            Self::TimedOut => "no answer in time",
            Self::Closed => "the connection was closed",
            Self::Failed(reason) => reason,
        }
    }
}
impl EndpointFacts {
    /// Says why a host cannot be reached; `None` if it can.
    pub(crate) fn failure(&self) -> Option<String> {
        let Some(connection) = &self.connection else {
            return Some(self.lookup.outcome.in_words());
        };
        if !connection.is_connected() {
            return Some(connection.tcp_in_words());
        }
        if let Some(tunnel) = connection.tunnel
            && tunnel != Tunnel::Open
        {
            return Some(tunnel.in_words());
        }
        let tls = connection.tls.as_ref()?;
        (tls.outcome != TlsOutcome::Done).then(|| tls.outcome.in_words())
    }
}
