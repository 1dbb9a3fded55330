//! Remedies with what was seen in them.

use std::net::{IpAddr, Ipv4Addr};

use super::facts::is_private;
use crate::model::Cidr;

/// Stands for an address that a rule can name.
const PUBLIC_ADDRESS: &str = "{public_address}";

/// What helps a client that comes over IPv6 (docs: container-registry-firewall-access-rules; whether rules take IPv6 addresses is
/// disputed, so no rule is advised).
const OVER_IPV4: &str = "rules are IPv4 addresses: let the client connect over IPv4, and admit the address that \
                         `curl -4 -s https://{registry}/v2/` names; or let it come through a private endpoint";

/// What helps a client whose private address the registry saw (docs: container-registry-vnet).
const OVER_ENDPOINT: &str = "the address is private, so the request came over a service endpoint: admit its subnet, \
                             `ringfence rule add -n {name} --subnet SUBNET_ID`";

/// What was seen, for remedies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The login server.
    pub(crate) host: Option<String>,
    /// The subscription of the registry.
    pub(crate) subscription: Option<String>,
    /// The client's address as the registry saw it.
    pub(crate) address: Option<IpAddr>,
}

impl Known {
    /// Fills the remedies of a cause. Those that need an address which a rule can name are left out where the client has none.
    pub(crate) fn all_filled(&self, remedies: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for remedy in remedies {
            let needs_rule = remedy.contains(PUBLIC_ADDRESS);
            let instead = match self.address {
                Some(address) if needs_rule && is_private(&address) => Some(OVER_ENDPOINT),
                Some(IpAddr::V6(_)) if needs_rule => Some(OVER_IPV4),
                Some(IpAddr::V4(address)) if needs_rule && is_special(address) => None,
                _ => Some(*remedy),
            };
            all.extend(instead.map(|remedy| self.filled(remedy)));
        }
        all
    }

    /// Writes what was seen into a remedy. What was not seen keeps a word that the reader replaces.
    pub(crate) fn filled(&self, remedy: &str) -> String {
        let host = self.host.as_deref().unwrap_or("REGISTRY.azurecr.io");
        let name = host.split('.').next().unwrap_or(host);
        let shown = self
            .address
            .map_or_else(|| "ADDRESS".to_owned(), |address| address.to_string());
        // Commands know IPv6 clients as one.
        let client = match self.address {
            Some(IpAddr::V6(_)) => "ipv6",
            _ => &shown,
        };
        let subscription = match &self.subscription {
            Some(subscription) => format!(" --subscription {subscription}"),
            None => String::new(),
        };
        remedy
            .replace("{registry}", host)
            .replace("{name}", name)
            .replace("{client}", client)
            .replace("{subscription_flag}", &subscription)
            .replace(PUBLIC_ADDRESS, &shown)
    }
}

/// Returns true for an address of special use: no rule admits such a client.
fn is_special(address: Ipv4Addr) -> bool {
    let range = Cidr::containing(address, 32);
    range.is_some_and(|range| range.special_use().is_some())
}
