//! The proxy that the environment sets.
//!
//! The HTTP client reads the variables itself. It takes a URL that it cannot read for no proxy, and goes straight to the host. A network
//! that allows only its proxy is there for a reason, so such a URL is refused.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, ParseError, Url};

use super::env::Env;
use crate::azure::error::ArmError;
use crate::model::ProxyUrlFault;

/// Variables that name a proxy for HTTPS. Of a pair, the first one that is set counts, as in the client; the second pair counts where
/// the first one names none.
const FOR_HTTPS: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
/// Variables that name hosts without a proxy.
const WITHOUT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy of an environment, as far as it cannot be used.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProxySettings {
    /// The variable whose URL cannot be read.
    faulty: Option<(&'static str, ProxyUrlFault)>,
    /// Hosts without a proxy.
    without: String,
}

impl ProxySettings {
    /// Reads the variables.
    pub(crate) fn of(env: &Env) -> Self {
        let set = FOR_HTTPS
            .into_iter()
            .filter_map(|pair| first_set(env, pair))
            .find(|(_, url)| !url.trim().is_empty());
        let without = first_set(env, WITHOUT).map_or("", |(_, hosts)| hosts);
        Self {
            faulty: set.and_then(|(name, url)| Some((name, fault_in_variable(url)?))),
            without: without.to_owned(),
        }
    }

    /// Refuses a URL whose host needs the proxy, if that cannot be used.
    ///
    /// # Errors
    /// A request would go past the proxy.
    pub(crate) fn check(&self, url: &Url) -> Result<(), ArmError> {
        let Some((name, fault)) = self.faulty else {
            return Ok(());
        };
        if is_local(url) || self.leaves_out(url) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        Err(ArmError::Setup {
            message: format!(
                "the proxy that `{name}` names cannot be used: {}. Without it, requests would go straight to `{host}`",
                fault.in_words()
            ),
            help: format!(
                "correct `{name}`, such as http://proxy.example:3128; or unset it, or add `{host}` to `NO_PROXY`, to go without a proxy"
            ),
        })
    }

    /// Returns true if `NO_PROXY` names the host of a URL.
    fn leaves_out(&self, url: &Url) -> bool {
        let any = Matcher::builder()
            .https("http://proxy".to_owned())
            .no(self.without.clone())
            .build();
        let Ok(uri) = url.as_str().parse::<Uri>() else {
            return false;
        };
        any.intercept(&uri).is_none()
    }
}

/// Returns true if `url` leads to this machine or to its hypervisor, which are never reached through a proxy.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Returns the first of these variables that is set, also to an empty text.
fn first_set<'e>(env: &'e Env, names: [&'static str; 2]) -> Option<(&'static str, &'e str)> {
    names
        .into_iter()
        .find_map(|name| Some((name, env.get(name)?.as_str())))
}

/// Returns the fault of a variable's value for the client, which reads no white space around a URL.
fn fault_in_variable(value: &str) -> Option<ProxyUrlFault> {
    if value.trim() != value {
        return Some(ProxyUrlFault::Blanks);
    }
    proxy_url_fault(value)
}

/// Returns the fault of a proxy's URL, if no client can read it.
pub(crate) fn proxy_url_fault(url: &str) -> Option<ProxyUrlFault> {
    let url = url.trim();
    let (scheme, whole) = match url.split_once("://") {
        Some((scheme, _)) => (scheme, url.to_owned()),
        // Without a scheme it is an HTTP proxy, for every client.
        None => ("http", format!("http://{url}")),
    };
    let known = is_proxy_scheme(&scheme.to_ascii_lowercase());
    match Url::parse(&whole) {
        Err(ParseError::EmptyHost) => Some(ProxyUrlFault::NoHost),
        Err(ParseError::InvalidPort) => Some(ProxyUrlFault::Port),
        Err(_) => Some(ProxyUrlFault::NotAUrl),
        Ok(_) if !known => Some(ProxyUrlFault::Scheme),
        Ok(parsed) if parsed.host_str().is_none_or(str::is_empty) => Some(ProxyUrlFault::NoHost),
        Ok(_) if is_unread(url) => Some(ProxyUrlFault::Characters),
        Ok(_) => None,
    }
}

/// Returns true if the client cannot read a URL that is one by the standard.
fn is_unread(url: &str) -> bool {
    let matcher = Matcher::builder().https(url.to_owned()).build();
    let any = Uri::from_static("https://host.example/");
    matcher.intercept(&any).is_none()
}

fn is_proxy_scheme(scheme: &str) -> bool {
    matches!(
        scheme,
        "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> ProxySettings {
        let mut env = Env::new();
        for (name, value) in variables {
            env.insert((*name).to_owned(), (*value).to_owned());
        }
        ProxySettings::of(&env)
    }

    fn refusal(variables: &[(&str, &str)]) -> Option<String> {
        let arm = Url::parse("https://management.azure.com/").unwrap();
        settings(variables)
            .check(&arm)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn local_addresses_bypass_the_proxy() {
        for (url, local) in [
            ("https://127.0.0.1:8443/", true),
            ("https://localhost/", true),
            ("https://[::1]:1/", true),
            ("http://169.254.169.254/metadata", true),
            ("https://management.azure.com/", false),
            ("https://10.0.0.1/", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_local(&url), local, "{url}");
            let faulty = settings(&[("HTTPS_PROXY", "ftp://proxy")]);
            assert_eq!(faulty.check(&url).is_ok(), local, "{url}");
        }
    }

    #[test]
    fn urls_that_the_client_would_go_past_are_refused() {
        for (url, told) in [
            ("http://bad host:8080", "not a URL"),
            ("http://user:p^ss@proxy:1", "%5E for ^"),
            ("ftp://proxy:1", "scheme"),
            ("httpp://proxy:1", "scheme"),
            ("http://", "no host"),
            ("http://[::1", "not a URL"),
            ("http://proxy:99999", "port"),
            ("http://proxy:3128\n", "line break"),
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let message = refusal(&[(name, url)]).unwrap();
                assert!(message.starts_with(&format!("the proxy that `{name}` names")));
                assert!(message.contains(told), "{url}: {message}");
                assert!(!message.contains("p^ss"), "{message}");
            }
        }
    }

    #[test]
    fn proxies_that_can_be_read_or_do_not_count_are_no_fault() {
        let faulty = "ftp://proxy";
        for variables in [
            &[("HTTPS_PROXY", "http://proxy:3128")][..],
            &[("HTTPS_PROXY", "proxy:3128")],
            &[("ALL_PROXY", "socks5h://user:secret@proxy")],
            &[("HTTPS_PROXY", "")],
            &[("HTTP_PROXY", faulty)],
            &[("HTTPS_PROXY", "http://proxy"), ("ALL_PROXY", faulty)],
            &[("HTTPS_PROXY", "http://proxy"), ("https_proxy", faulty)],
            &[("HTTPS_PROXY", faulty), ("NO_PROXY", "*")],
            &[("HTTPS_PROXY", faulty), ("no_proxy", "example.com,.azure.com")],
        ] {
            assert_eq!(refusal(variables), None, "{variables:?}");
        }
        for variables in [
            [("HTTPS_PROXY", faulty), ("NO_PROXY", "example.com")],
            [("HTTPS_PROXY", ""), ("ALL_PROXY", faulty)],
        ] {
            assert!(refusal(&variables).is_some(), "{variables:?}");
        }
    }
}
