//! Remedies with what was seen in them.

use std::net::Ipv4Addr;

use crate::model::Cidr;

/// Stands for an address that a rule can name.
const PUBLIC_ADDRESS: &str = "{public_address}";

/// Writes what was seen into a remedy. What was not seen keeps a word that the reader replaces. Returns `None` if the remedy
/// needs a public address and the one that was seen has a special use: no rule admits such a client.
pub(crate) fn filled(remedy: &str, registry: Option<&str>, address: Option<&str>) -> Option<String> {
    if remedy.contains(PUBLIC_ADDRESS) && address.is_some_and(is_special) {
        return None;
    }
    let host = registry.unwrap_or("REGISTRY.azurecr.io");
    let name = host.split('.').next().unwrap_or(host);
    let address = address.unwrap_or("ADDRESS");
    Some(
        remedy
            .replace("{registry}", host)
            .replace("{name}", name)
            .replace(PUBLIC_ADDRESS, address)
            .replace("{address}", address),
    )
}

fn is_special(address: &str) -> bool {
    let address = address.parse::<Ipv4Addr>().ok();
    let range = address.and_then(|address| Cidr::containing(address, 32));
    range.is_some_and(|range| range.special_use().is_some())
}
