//! The way of a network's clients to the registry, as far as private endpoints decide it.

use super::facts::Surroundings;
use crate::live::surroundings::{PrivateDnsFacts, PrivateEndpoint, VirtualNetwork};
use crate::model::{Failure, ResourceId};

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
    /// The network asks these DNS servers. They may know the endpoint without a zone that is linked to the network, or not know it
    /// with one.
    OwnServers(&'f [String]),
    /// The endpoint is in this subnet of another network, and no peering is seen. Other ways lead there too, such as those of a hub.
    NotPeered(&'f ResourceId),
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
    let doubt = match dns.zone_of(network) {
        Some(_) => own_servers(around, network).or_else(|| not_peered(around, dns, network)),
        None => match without_link(around, network) {
            Some(why) => Some(why),
            None => return PrivatePath::No,
        },
    };
    doubt.map_or(PrivatePath::Yes, PrivatePath::Unjudged)
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
    own_servers(around, network)
}

/// Returns the reason why a zone tells nothing of the names that clients of the network find: they may ask other servers than
/// Azure's.
pub(crate) fn own_servers<'f>(around: &'f Surroundings, network: &str) -> Option<Unjudged<'f>> {
    match around.networks.get(network)? {
        Ok(VirtualNetwork { dns_servers, .. }) if dns_servers.is_empty() => None,
        Ok(VirtualNetwork { dns_servers, .. }) => Some(Unjudged::OwnServers(dns_servers)),
        Err(failure) => Some(Unjudged::Unread(failure)),
    }
}

/// Returns the reason why the clients of a network may not reach an endpoint whose names they find: each one is elsewhere.
fn not_peered<'f>(
    around: &'f Surroundings,
    dns: &'f PrivateDnsFacts,
    network: &str,
) -> Option<Unjudged<'f>> {
    let peers = &around.networks.get(network)?.as_ref().ok()?.peers;
    let mut elsewhere = None;
    for endpoint in dns.endpoints.iter().filter(|endpoint| endpoint.is_approved()) {
        // One that cannot be read may be in the network.
        let place = endpoint.addresses.as_ref().ok()?;
        if place.is_in(network) || peers.iter().any(|peer| place.is_in(peer)) {
            return None;
        }
        elsewhere = Some(Unjudged::NotPeered(&place.subnet));
    }
    elsewhere
}
