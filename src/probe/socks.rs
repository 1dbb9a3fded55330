//! SOCKS: a tunnel through a proxy of version 4 or 5.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::stream::AnyStream;
use crate::doctor::Tunnel;

/// A variant of SOCKS, by the scheme of its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocksVariant {
    pub(super) version: u8,
    /// True if the proxy looks names up, and false if the client does, as curl and reqwest read the schemes.
    pub(super) looks_up: bool,
}

impl SocksVariant {
    /// Reads a scheme.
    pub(super) fn of(scheme: &str) -> Option<Self> {
        let (version, looks_up) = match scheme {
            "socks4" => (4, false),
            "socks4a" => (4, true),
            "socks5" => (5, false),
            "socks5h" => (5, true),
            _ => return None,
        };
        Some(Self { version, looks_up })
    }

    /// Returns what the proxy is asked for: the host, or the first address that the client has found for it.
    pub(super) fn target(self, host: &str, addresses: &[IpAddr]) -> String {
        let address = addresses
            .iter()
            .find(|address| address.is_ipv4() || self.version == 5);
        match address {
            Some(IpAddr::V6(address)) if !self.looks_up => format!("[{address}]"),
            Some(address) if !self.looks_up => address.to_string(),
            _ => host.to_owned(),
        }
    }
}

/// Asks the proxy with this URL for a tunnel, over a connection to it. Returns the connection if the tunnel is open.
pub(super) async fn open(
    url: &str,
    login: Option<&(String, String)>,
    variant: SocksVariant,
    target: &str,
    stream: AnyStream,
) -> (Tunnel, Option<AnyStream>) {
    let destination: Option<Uri> = format!("https://{target}:443/").parse().ok();
    let (Some(destination), Ok(own)) = (destination, url.parse::<Uri>()) else {
        return (Tunnel::NotOpened, None);
    };
    let opened = Opened(Some(TokioIo::new(stream)));
    let tunnel = match variant.version {
        4 => SocksV4::new(own, opened).call(destination).await.ok(),
        _ => {
            let mut socks = SocksV5::new(own, opened);
            if let Some((user, password)) = login {
                socks = socks.with_auth(user.clone(), password.clone());
            }
            socks.call(destination).await.ok()
        }
    };
    match tunnel {
        Some(stream) => (Tunnel::Open, Some(stream.into_inner())),
        None => (Tunnel::NotOpened, None),
    }
}

/// A connector that hands out the connection that is open already. It is called once.
struct Opened(Option<TokioIo<AnyStream>>);

impl Service<Uri> for Opened {
    type Response = TokioIo<AnyStream>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(Ok(self.0.take().expect("a tunnel is asked for once")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_say_who_looks_names_up() {
        let found = ["20.1.2.3".parse().unwrap()];
        for (scheme, target) in [
            ("socks4", "20.1.2.3"),
            ("socks4a", "contoso.azurecr.io"),
            ("socks5", "20.1.2.3"),
            ("socks5h", "contoso.azurecr.io"),
        ] {
            let variant = SocksVariant::of(scheme).unwrap();
            assert_eq!(variant.target("contoso.azurecr.io", &found), target, "{scheme}");
            assert_eq!(variant.target("contoso.azurecr.io", &[]), "contoso.azurecr.io");
        }
        assert_eq!(SocksVariant::of("http"), None);
    }
}
