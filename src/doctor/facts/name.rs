//! The registry's name, as the user wrote it.

use crate::model::{RegistryId, is_host_name, valid_registry_name};

/// Domains of registries (azure-cli-core 2.91: suffixes of each cloud).
const DOMAINS: [&str; 3] = ["azurecr.io", "azurecr.cn", "azurecr.us"];

/// A registry as the user named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedName {
    /// As it was written.
    pub written: String,
    /// The host to connect to, in lower case, if the name is one or leads to one.
    pub host: Option<String>,
    /// The registry's own name or id, for Azure Resource Manager.
    pub registry: String,
    /// True if a host was written, not a name.
    pub is_host: bool,
    /// True if the name has upper-case letters, which Docker refuses.
    pub has_upper_case: bool,
    /// True if a scheme or a port was written around the host. A path behind it makes it the name of an image, which Docker takes.
    pub has_extras: bool,
}

impl AskedName {
    /// Reads a registry name, an id, or a login server with anything around it. Returns `None` if it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        if RegistryId::parse(written).is_ok() || valid_registry_name(written) {
            return Some(Self {
                written: written.to_owned(),
                host: None,
                registry: written.to_owned(),
                is_host: false,
                has_upper_case: !written.starts_with('/') && has_upper_case(written),
                has_extras: false,
            });
        }
        let bare = bare_host(written);
        if !bare.contains('.') || !is_host_name(bare) {
            return None;
        }
        let name = registry_of(bare);
        let repository = repository_of(written, bare);
        Some(Self {
            written: written.to_owned(),
            host: Some(bare.to_ascii_lowercase()),
            registry: name.to_ascii_lowercase(),
            is_host: true,
            has_upper_case: has_upper_case(bare) || repository.is_some_and(has_upper_case),
            has_extras: bare != written && repository.is_none(),
        })
    }
}

/// Returns the registry's name in a host. A name with a label of its domain (`contoso-a1b2c3`) belongs to the registry before the
/// dash.
pub(crate) fn registry_of(host: &str) -> &str {
    host.split(['.', '-']).next().unwrap_or(host)
}

/// Returns true if the host is below a domain of Azure's registries.
pub(super) fn is_below_azure(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    for domain in DOMAINS {
        if host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) {
            return true;
        }
    }
    false
}

fn has_upper_case(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Returns the repository of an image: what stands between the host and a tag or a digest. `None` if the text is not the name of an
/// image.
fn repository_of<'t>(text: &'t str, host: &str) -> Option<&'t str> {
    let path = text.strip_prefix(host)?.strip_prefix('/')?;
    path.split(['@', ':', '?', '#']).next()
}

/// Takes away a scheme, a port and a path.
fn bare_host(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or(text);
    text.split(':').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_azure_end_in_its_domains() {
        for host in ["contoso.azurecr.io", "Contoso.AzureCR.cn", "a.b.data.azurecr.us"] {
            assert!(is_below_azure(host), "{host}");
        }
        for host in [
            "azurecr.io",
            "myazurecr.io",
            "contoso.azurecr.io.evil.example",
            "contoso.azurecr.de",
        ] {
            assert!(!is_below_azure(host), "{host}");
        }
    }

    #[test]
    fn names_and_hosts_are_told_apart() {
        for (text, host, registry, upper, extras) in [
            ("contoso", None, "contoso", false, false),
            ("Contoso", None, "Contoso", true, false),
            (
                "contoso.azurecr.io",
                Some("contoso.azurecr.io"),
                "contoso",
                false,
                false,
            ),
            (
                "https://Contoso.azurecr.io:443/v2/",
                Some("contoso.azurecr.io"),
                "contoso",
                true,
                true,
            ),
            (
                "contoso.azurecr.io/app/web:V1",
                Some("contoso.azurecr.io"),
                "contoso",
                false,
                false,
            ),
            (
                "contoso.azurecr.io/App@sha256:ab",
                Some("contoso.azurecr.io"),
                "contoso",
                true,
                false,
            ),
            (
                "contoso.azurecr.io:443/app",
                Some("contoso.azurecr.io"),
                "contoso",
                false,
                true,
            ),
            (
                "contoso-a1b2.azurecr.io",
                Some("contoso-a1b2.azurecr.io"),
                "contoso",
                false,
                false,
            ),
        ] {
            let name = AskedName::parse(text).unwrap();
            assert_eq!(
                (name.host.as_deref(), name.registry.as_str()),
                (host, registry),
                "{text}"
            );
            assert_eq!((name.has_upper_case, name.has_extras), (upper, extras), "{text}");
        }
        for text in ["", "a b", "..", "127.0.0.1", "con", "user@contoso.azurecr.io"] {
            assert_eq!(AskedName::parse(text), None, "{text}");
        }
    }
}
