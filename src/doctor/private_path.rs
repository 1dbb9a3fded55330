//! The way of a network's clients to the registry, as far as private endpoints decide it.

use super::facts::Surroundings;
use crate::live::surroundings::PrivateEndpoint;
use crate::model::Failure;

/// The way of a network's clients to the registry.
#[derive(Clone, Debug)]
pub(crate) enum PrivatePath<'f> {
    /// No private endpoint leads there, so its settings decide.
    No,
    /// An endpoint is approved, and a zone of its names is linked to the network.
    Yes,
    /// It is not known which of the two.
    Unjudged(Unjudged<'f>),
}

/// The reason why something is not judged.
#[derive(Clone, Debug)]
pub(crate) enum Unjudged<'f> {
    Unread(&'f Failure),
    /// The account sees no zone of the names. An account does not see every zone, and a list does not say so.
    NoZone,
    /// The network asks these DNS servers, which may know the endpoint.
    OwnServers(&'f [String]),
}

/// Judges the way of the clients of a network, by its id in lower case.
pub(crate) fn private_path<'f>(around: &'f Surroundings, network: &str) -> PrivatePath<'f> {
    let Some(dns) = &around.dns else {
        return PrivatePath::No;
    };
    if let Some(failure) = &dns.unread_connections {
        return PrivatePath::Unjudged(Unjudged::Unread(failure));
    }
    if !dns.endpoints.iter().any(PrivateEndpoint::is_approved) {
        return PrivatePath::No;
    }
    if dns.zone_of(network).is_some() {
        return PrivatePath::Yes;
    }
    match without_link(around, network) {
        Some(why) => PrivatePath::Unjudged(why),
        None => PrivatePath::No,
    }
}

/// Returns the reason why clients of a network without a zone may find the names all the same. `None` if they do not.
pub(crate) fn without_link<'f>(around: &'f Surroundings, network: &str) -> Option<Unjudged<'f>> {
    let dns = around.dns.as_ref()?;
    let mut links = dns.zones.iter().filter_map(|zone| zone.links.as_ref().err());
    if let Some(failure) = links.next().or(dns.unread_zones.first()) {
        return Some(Unjudged::Unread(failure));
    }
    if dns.zones.is_empty() {
        return Some(Unjudged::NoZone);
    }
    match around.dns_servers.get(network)? {
        Ok(servers) if servers.is_empty() => None,
        Ok(servers) => Some(Unjudged::OwnServers(servers)),
        Err(failure) => Some(Unjudged::Unread(failure)),
    }
}
