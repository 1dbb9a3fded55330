//! Dialling: DNS, then TCP, then the proxy, then TLS, and what each of them said.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use super::dns;
use super::probes::Probes;
use super::proxy::{Proxy, ProxyKind, connect, of_environment};
use super::socks;
use super::stream::AnyStream;
use crate::doctor::{
    ConnectionAttempt, EndpointFacts, LookupOutcome, TcpOutcome, Tls, TlsOutcome, Tunnel, Via,
};

/// Longest time of one step of a connection.
pub(super) const STEP: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried. Registries have two at most.
const MOST_ADDRESSES: usize = 8;
/// The port of registries.
const HTTPS: u16 = 443;

/// Goes the way to a host. Returns what was seen, and the connection if it holds.
pub(super) async fn endpoint(probes: &Probes, host: &str) -> (EndpointFacts, Option<AnyStream>) {
    let proxy = proxy_for(probes, host);
    let lookup = dns::lookup(probes, host).await;
    // A proxy looks the name up itself.
    if proxy.is_none() && !matches!(lookup.outcome, LookupOutcome::Answered | LookupOutcome::NotAsked) {
        let endpoint = EndpointFacts {
            host: host.to_owned(),
            lookup,
            connection: None,
        };
        return (endpoint, None);
    }
    let (connection, stream) = open(probes, host, &lookup.addresses, proxy.as_ref()).await;
    let endpoint = EndpointFacts {
        host: host.to_owned(),
        lookup,
        connection: Some(connection),
    };
    (endpoint, stream)
}

/// Opens another connection to an endpoint that was reached before.
pub(super) async fn again(probes: &Probes, endpoint: &EndpointFacts) -> Option<AnyStream> {
    let host = &endpoint.host;
    let proxy = proxy_for(probes, host);
    let (_, stream) = open(probes, host, &endpoint.lookup.addresses, proxy.as_ref()).await;
    stream
}

/// Returns the proxy for a host. Where another address stands in for the host, only a proxy on this machine is used: nothing
/// that is meant for a sandbox leaves the machine.
fn proxy_for(probes: &Probes, host: &str) -> Option<Proxy> {
    let proxy = of_environment(&probes.variables, host)?;
    let is_here = proxy.fault.is_some()
        || proxy.host == "localhost"
        || proxy
            .host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    (probes.connect_to.is_none() || is_here).then_some(proxy)
}

async fn open(
    probes: &Probes,
    host: &str,
    addresses: &[IpAddr],
    proxy: Option<&Proxy>,
) -> (ConnectionAttempt, Option<AnyStream>) {
    let mut seen = ConnectionAttempt {
        via: Via::Direct,
        tcp: Vec::new(),
        tunnel: None,
        tls: None,
        answer: None,
    };
    let stream = match proxy {
        None => to_host(probes, addresses, &mut seen).await,
        Some(proxy) => through(probes, proxy, host, addresses, &mut seen).await,
    };
    let Some(stream) = stream else {
        return (seen, None);
    };
    let (tls, stream) = shake_hands(probes, host, stream).await;
    seen.tls = Some(tls);
    (seen, stream)
}

async fn shake_hands(probes: &Probes, host: &str, stream: AnyStream) -> (Tls, Option<AnyStream>) {
    let connect = probes.trusted.connect(host, stream);
    let timed_out = Tls {
        issuer: None,
        outcome: TlsOutcome::TimedOut,
    };
    probes
        .patience
        .wait(STEP, connect)
        .await
        .unwrap_or((timed_out, None))
}

/// Connects to the first address that answers. All of them are tried at the same time.
async fn to_host(
    probes: &Probes,
    addresses: &[IpAddr],
    seen: &mut ConnectionAttempt,
) -> Option<AnyStream> {
    let mut targets = Vec::new();
    match probes.connect_to {
        Some(address) => targets.push(address),
        None => {
            for address in addresses.iter().take(MOST_ADDRESSES) {
                targets.push(SocketAddr::new(*address, HTTPS));
            }
        }
    }
    connect_any(probes, targets, seen).await
}

async fn connect_any(
    probes: &Probes,
    targets: Vec<SocketAddr>,
    seen: &mut ConnectionAttempt,
) -> Option<AnyStream> {
    let tries = targets.into_iter().map(|target| async move {
        let connect = TcpStream::connect(target);
        (target, probes.patience.wait(STEP, connect).await)
    });
    let mut first: Option<AnyStream> = None;
    for (target, tried) in futures::future::join_all(tries).await {
        let outcome = match tried {
            Some(Ok(stream)) => {
                first = first.or_else(|| Some(Box::new(stream)));
                TcpOutcome::Connected
            }
            Some(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => TcpOutcome::Refused,
            Some(Err(error)) if error.kind() == ErrorKind::TimedOut => TcpOutcome::TimedOut,
            Some(Err(error)) => TcpOutcome::Failed(error.to_string()),
            None => TcpOutcome::TimedOut,
        };
        seen.tcp.push((target, outcome));
    }
    first
}

/// Connects to a proxy, and asks it for a tunnel to the host.
async fn through(
    probes: &Probes,
    proxy: &Proxy,
    host: &str,
    addresses: &[IpAddr],
    seen: &mut ConnectionAttempt,
) -> Option<AnyStream> {
    seen.via = Via::Proxy {
        url: proxy.url.clone(),
        set_by: proxy.set_by.clone(),
    };
    let (tunnel, stream) = tunnel(probes, proxy, host, addresses, seen).await?;
    seen.tunnel = Some(tunnel);
    match tunnel {
        Tunnel::Open => stream,
        _ => None,
    }
}

/// Asks a proxy for a tunnel. Returns `None` if it cannot be reached.
pub(super) async fn tunnel(
    probes: &Probes,
    proxy: &Proxy,
    host: &str,
    addresses: &[IpAddr],
    seen: &mut ConnectionAttempt,
) -> Option<(Tunnel, Option<AnyStream>)> {
    if let Some(fault) = proxy.fault {
        return Some((Tunnel::BadUrl(fault), None));
    }
    let name = (proxy.host.clone(), proxy.port);
    let found = probes.patience.wait(STEP, lookup_host(name)).await;
    let targets: Vec<SocketAddr> = match found {
        Some(Ok(found)) => found.take(MOST_ADDRESSES).collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    let stream = connect_any(probes, targets, seen).await?;
    let ask = async {
        let mut stream = match proxy.kind {
            ProxyKind::Https => probes.trusted.connect(&proxy.host, stream).await.1,
            ProxyKind::Http => Some(stream),
            ProxyKind::Socks(variant) => {
                let target = variant.target(host, addresses);
                let login = proxy.login.as_ref();
                return socks::open(&proxy.url, login, variant, &target, stream).await;
            }
        };
        match &mut stream {
            Some(open) => (connect(proxy, host, open).await, stream),
            // A proxy that speaks plain HTTP ends a TLS handshake.
            None => (Tunnel::Closed, None),
        }
    };
    let asked = probes.patience.wait(STEP, ask).await;
    Some(asked.unwrap_or((Tunnel::TimedOut, None)))
}
