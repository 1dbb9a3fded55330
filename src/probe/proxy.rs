//! Proxies: which one a host needs, and whether it opens a tunnel.

use base64::Engine;
use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::probes::Variables;
use super::socks::SocksVariant;
use super::stream::AnyStream;
use crate::azure::proxy_url_fault;
use crate::doctor::Tunnel;
use crate::model::ProxyUrlFault;

/// Variables that name a proxy for HTTPS, the first one first. A variable in capitals wins, as in most clients.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name hosts without a proxy.
const WITHOUT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Bound on the head of a proxy's answer, in bytes.
const MOST_HEAD: usize = 16 * 1024;

/// A proxy for a host.
#[derive(Clone)]
pub(super) struct Proxy {
    /// URL without credentials, or the beginning of a faulty one.
    pub(super) url: String,
    /// The fault of the URL: the proxy cannot be asked.
    pub(super) fault: Option<ProxyUrlFault>,
    /// The variable or the file that sets it.
    pub(super) set_by: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) kind: ProxyKind,
    /// `Proxy-Authorization`, if the URL has credentials.
    credentials: Option<String>,
    /// User and password of a SOCKS proxy.
    pub(super) login: Option<(String, String)>,
}

/// The protocol that a proxy speaks, by the scheme of its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyKind {
    Http,
    Https,
    Socks(SocksVariant),
}

/// Returns the proxy that the environment sets for a host.
pub(super) fn of_environment(variables: &Variables, host: &str) -> Option<Proxy> {
    let (name, url) = first(variables, &FOR_HTTPS)?;
    let without = first(variables, &WITHOUT).map_or("", |(_, without)| without);
    for_host(url, without, host, name)
}

/// Returns the proxy with this URL, unless the host is one of those without a proxy.
pub(super) fn for_host(url: &str, without: &str, host: &str, set_by: &str) -> Option<Proxy> {
    let destination: Uri = format!("https://{host}/").parse().ok()?;
    let without = for_port(without);
    // The hosts without a proxy are the same for any URL.
    let any = matched("http://proxy", &without, &destination, set_by)?;
    let Some(fault) = proxy_url_fault(url) else {
        return matched(url.trim(), &without, &destination, set_by);
    };
    Some(Proxy {
        // The rest can hold a password.
        url: format!("{}\u{2026}", shown_scheme(url)),
        fault: Some(fault),
        ..any
    })
}

/// Returns the proxy with this URL for a destination. `None` if the destination has none, or if the URL cannot be read.
fn matched(url: &str, without: &str, destination: &Uri, set_by: &str) -> Option<Proxy> {
    let matcher = Matcher::builder()
        .https(url.to_owned())
        .no(without.to_owned())
        .build();
    proxy_of(&matcher.intercept(destination)?, set_by)
}

/// Returns the scheme of a URL with what follows it, as far as there is one.
fn shown_scheme(url: &str) -> String {
    match url.trim().split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            format!("{}://", scheme.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}

/// Returns the hosts without a proxy for the port of registries, as golang.org/x/net/http/httpproxy reads them, which Docker uses: an
/// entry with this port is for them, one with another port is not, and `*.azurecr.io` is `.azurecr.io`.
fn for_port(without: &str) -> String {
    let mut entries = Vec::new();
    for entry in without.split(',').map(str::trim) {
        let entry = match entry.strip_prefix('*') {
            Some(domain) if domain.starts_with('.') => domain,
            _ => entry,
        };
        match entry.rsplit_once(':') {
            // An IPv6 address without brackets has no port.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                if port == "443" {
                    entries.push(host);
                }
            }
            _ => entries.push(entry),
        }
    }
    entries.join(",")
}

/// Returns the protocol of a scheme.
fn kind_of(scheme: &str) -> Option<ProxyKind> {
    match scheme {
        "http" => Some(ProxyKind::Http),
        "https" => Some(ProxyKind::Https),
        scheme => Some(ProxyKind::Socks(SocksVariant::of(scheme)?)),
    }
}

fn first<'v>(variables: &'v Variables, names: &[&'static str]) -> Option<(&'static str, &'v str)> {
    for name in names {
        match variables.get(*name) {
            Some(value) if !value.trim().is_empty() => return Some((name, value)),
            _ => {}
        }
    }
    None
}

fn proxy_of(intercept: &Intercept, set_by: &str) -> Option<Proxy> {
    let uri = intercept.uri();
    let scheme = uri.scheme_str().unwrap_or("http");
    let kind = kind_of(scheme)?;
    let host = uri.host()?.trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(match kind {
        ProxyKind::Http => 80,
        ProxyKind::Https => 443,
        ProxyKind::Socks(_) => 1080,
    });
    let credentials = intercept.basic_auth().and_then(|value| value.to_str().ok());
    let shown = uri.host()?;
    let login = intercept.raw_auth();
    Some(Proxy {
        url: format!("{scheme}://{shown}:{port}"),
        fault: None,
        set_by: set_by.to_owned(),
        host,
        port,
        kind,
        credentials: credentials.map(str::to_owned).or_else(|| raw(intercept)),
        login: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
    })
}

fn raw(intercept: &Intercept) -> Option<String> {
    let (user, password) = intercept.raw_auth()?;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    Some(format!("Basic {pair}"))
}

/// Asks a proxy for a tunnel to a host.
pub(super) async fn connect(proxy: &Proxy, host: &str, stream: &mut AnyStream) -> Tunnel {
    let mut request = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n");
    if let Some(credentials) = &proxy.credentials {
        request += &format!("Proxy-Authorization: {credentials}\r\n");
    }
    request += "\r\n";
    if stream.write_all(request.as_bytes()).await.is_err() || stream.flush().await.is_err() {
        return Tunnel::Closed;
    }
    match read_status(stream).await {
        Some(200..300) => Tunnel::Open,
        Some(407) => Tunnel::WantsCredentials,
        Some(status) => Tunnel::Refused(status),
        None => Tunnel::Closed,
    }
}

/// Reads the head of an answer, byte by byte: what follows belongs to the tunnel. Returns the status.
async fn read_status(stream: &mut AnyStream) -> Option<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MOST_HEAD {
            return None;
        }
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next()?.split_whitespace();
    if !words.next()?.starts_with("HTTP/") {
        return None;
    }
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<Proxy> {
        let mut all = Variables::new();
        for (name, value) in variables {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        of_environment(&all, "contoso.azurecr.io")
    }

    #[test]
    fn proxy_is_that_of_the_environment_without_its_password() {
        let proxy = found(&[("https_proxy", "http://user:secret@proxy.example:3128")]).unwrap();
        assert_eq!(
            (proxy.url.as_str(), proxy.set_by.as_str()),
            ("http://proxy.example:3128", "https_proxy")
        );
        assert_eq!(proxy.credentials.as_deref(), Some("Basic dXNlcjpzZWNyZXQ="));
        let proxy = found(&[("ALL_PROXY", "https://proxy.example")]).unwrap();
        assert_eq!((proxy.kind, proxy.port), (ProxyKind::Https, 443));
        let proxy = found(&[("ALL_PROXY", "socks5h://user:secret@proxy.example")]).unwrap();
        assert_eq!(
            (proxy.kind, proxy.url.as_str()),
            (
                ProxyKind::Socks(SocksVariant {
                    version: 5,
                    looks_up: true
                }),
                "socks5h://proxy.example:1080"
            )
        );
        assert_eq!(proxy.login, Some(("user".to_owned(), "secret".to_owned())));
    }

    #[test]
    fn faulty_urls_are_told_without_their_secrets() {
        for (url, shown, fault) in [
            ("ftp://user:s3cret@x:1", "ftp://\u{2026}", ProxyUrlFault::Scheme),
            ("http://", "http://\u{2026}", ProxyUrlFault::NoHost),
            ("foo bar", "\u{2026}", ProxyUrlFault::NotAUrl),
            ("http://127.0.0.1:99999", "http://\u{2026}", ProxyUrlFault::Port),
            ("http://user:s3cret", "http://\u{2026}", ProxyUrlFault::Port),
            ("httpp://proxy:3128", "httpp://\u{2026}", ProxyUrlFault::Scheme),
            (
                "http://user:s3^ret@x:1",
                "http://\u{2026}",
                ProxyUrlFault::Characters,
            ),
            (
                "http://user:s3 ret@x:1",
                "http://\u{2026}",
                ProxyUrlFault::Characters,
            ),
            ("user:s3\u{fc}ret@x:1", "\u{2026}", ProxyUrlFault::Characters),
        ] {
            let proxy = found(&[("HTTPS_PROXY", url)]).unwrap();
            assert_eq!((proxy.url.as_str(), proxy.fault), (shown, Some(fault)), "{url}");
        }
        for url in [
            "proxy.example:3128",
            "HTTP://proxy.example",
            " http://proxy.example ",
        ] {
            assert_eq!(found(&[("HTTPS_PROXY", url)]).unwrap().fault, None, "{url}");
        }
        let without = ("NO_PROXY", ".azurecr.io");
        assert!(found(&[("HTTPS_PROXY", "ftp://x:1"), without]).is_none());
    }

    #[test]
    fn hosts_without_a_proxy_are_left_out() {
        let url = ("HTTPS_PROXY", "http://proxy.example:3128");
        for without in [
            "azurecr.io",
            ".azurecr.io",
            "*.azurecr.io",
            "contoso.azurecr.io",
            "*",
        ] {
            assert!(found(&[url, ("NO_PROXY", without)]).is_none(), "{without}");
        }
        for without in ["example.com", "contoso.azurecr.io:8443", "::1"] {
            assert!(found(&[url, ("NO_PROXY", without)]).is_some(), "{without}");
        }
        for without in ["contoso.azurecr.io:443", "localhost:80, .azurecr.io:443"] {
            assert!(found(&[url, ("NO_PROXY", without)]).is_none(), "{without}");
        }
        assert!(found(&[("HTTPS_PROXY", " ")]).is_none());
        assert!(found(&[("HTTP_PROXY", "http://proxy.example:3128")]).is_none());
    }
}
