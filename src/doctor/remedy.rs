//! Remedies with what was seen in them.

/// Writes what was seen into a remedy. What was not seen keeps a word that the reader replaces.
pub(crate) fn filled(remedy: &str, registry: Option<&str>, address: Option<&str>) -> String {
    let host = registry.unwrap_or("REGISTRY.azurecr.io");
    let name = host.split('.').next().unwrap_or(host);
    remedy
        .replace("{registry}", host)
        .replace("{name}", name)
        .replace("{address}", address.unwrap_or("ADDRESS"))
}
