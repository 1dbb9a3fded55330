//! Reads what stands around the registry, as far as a flag asks for it.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::limits::{LONGEST, too_slow, within};
use super::service::{Networks, service};
use crate::azure::ArmClient;
use crate::doctor::{
    AskedNetwork, AskedSubnet, Lookup, LookupOutcome, ServiceKind, Surroundings, own_hosts,
};
use crate::live::surroundings::{
    PrivateDnsFacts, SubnetPath, read_locks, read_login_logging, read_private_dns, read_private_zones,
    read_subnet_path, read_virtual_network,
};
use crate::live::{Cache, Egress, LiveRegistry, UnknownEgress, read_regions, read_subnet_egress};
use crate::model::{Failure, ResourceId, SubnetId, is_host_name};
use crate::probe::Probes;

/// What a doctor's flags ask about, beside the registry.
#[derive(Clone, Debug, Default)]
pub struct AroundRequest {
    /// The virtual network of `--vnet`.
    pub network: Option<ResourceId>,
    /// The subnet of `--from-subnet`.
    pub subnet: Option<SubnetId>,
    /// The kind of service, and its id where it is a resource of the customer.
    pub service: Option<(ServiceKind, Option<ResourceId>)>,
}

impl AroundRequest {
    /// Returns true if the question is about a client elsewhere, so that this machine's way tells nothing.
    pub(crate) fn is_about_others(&self) -> bool {
        self.subnet.is_some() || self.service.is_some()
    }

    /// Returns the subscription whose private DNS zones may hold the registry's names.
    fn subscription(&self) -> Option<&str> {
        let (_, service) = self
            .service
            .as_ref()
            .map_or((None, None), |(kind, id)| (Some(kind), id.as_ref()));
        let id = self.network.as_ref().or(service);
        id.map(ResourceId::subscription)
            .or(self.subnet.as_ref().map(|id| id.subscription()))
    }
}

/// Reads what the request asks about. What cannot be read is a fact of its own.
pub(super) async fn read(
    client: &ArmClient,
    registry: &LiveRegistry,
    request: &AroundRequest,
    probes: &Probes,
) -> Surroundings {
    let hosts = own_hosts(registry);
    let (regions, dns, network, subnet, service, mut networks, logging, locks) = futures::join!(
        regions(client, registry, request, probes),
        dns(client, registry, request, probes),
        network(request.network.as_ref(), hosts, probes),
        subnet(client, request.subnet.as_ref(), probes),
        service(client, registry, request.service.as_ref(), probes),
        networks(client, request, probes),
        within(probes, read_login_logging(client, &registry.id)),
        within(probes, read_locks(client, &registry.id)),
    );
    let mut around = Surroundings {
        dns,
        network,
        subnet,
        logging: Some(logging),
        locks: Some(locks),
        ..Surroundings::default()
    };
    match regions {
        Ok(regions) => around.regions = regions,
        // The registry's own region is known.
        Err(failure) => {
            around.regions = vec![registry.location.clone()];
            around.unread_replicas = Some(failure);
        }
    }
    if let Some((service, of_service)) = service {
        around.service = Some(service);
        networks.extend(of_service);
    }
    around.networks = networks;
    if let (Some(network), Some(dns)) = (&mut around.network, &around.dns) {
        look_up_more(network, dns, probes).await;
    }
    around
}

/// Reads a network and its zones, for a registry that the account does not see.
pub(super) async fn read_without_registry(
    client: &ArmClient,
    unread: &Failure,
    host: &str,
    request: &AroundRequest,
    probes: &Probes,
) -> Surroundings {
    let zones = async {
        let subscription = request.network.as_ref()?.subscription();
        let zone = zone_of(host)?;
        let read = read_private_zones(client, &zone, subscription, unread.clone());
        Some(probes.wait(LONGEST, read).await.unwrap_or_else(unread_in_time))
    };
    let (dns, network, networks) = futures::join!(
        zones,
        network(request.network.as_ref(), vec![host.to_owned()], probes),
        networks(client, request, probes),
    );
    Surroundings {
        dns,
        network,
        networks,
        ..Surroundings::default()
    }
}

/// Looks up each name of the registry from this machine, for a network.
async fn network(id: Option<&ResourceId>, hosts: Vec<String>, probes: &Probes) -> Option<AskedNetwork> {
    Some(AskedNetwork {
        id: id?.clone(),
        lookups: looked_up(hosts, probes).await,
    })
}

/// Reads the network that is asked about, by itself or by a subnet.
async fn networks(client: &ArmClient, request: &AroundRequest, probes: &Probes) -> Networks {
    let mut ids = BTreeSet::new();
    ids.extend(request.network.clone());
    ids.extend(request.subnet.as_ref().map(SubnetId::vnet));
    let reads = ids.into_iter().map(|id| async move {
        let network = within(probes, read_virtual_network(client, &id)).await;
        (id.key().to_owned(), network)
    });
    join_all(reads).await.into_iter().collect()
}

/// Looks hosts up, as far as names are asked for.
async fn looked_up(hosts: Vec<String>, probes: &Probes) -> Vec<(String, Lookup)> {
    let found = join_all(hosts.iter().map(|host| probes.lookup(host))).await;
    let mut lookups: Vec<(String, Lookup)> = hosts.into_iter().zip(found).collect();
    // Where a connection goes to a given address, names are not asked for.
    lookups.retain(|(_, lookup)| lookup.outcome != LookupOutcome::NotAsked);
    lookups
}

/// Looks up the names that the private endpoints have beside those that the registry shows.
async fn look_up_more(network: &mut AskedNetwork, dns: &PrivateDnsFacts, probes: &Probes) {
    let mut more = BTreeSet::new();
    for endpoint in &dns.endpoints {
        for place in endpoint
            .addresses
            .iter()
            .filter(|place| place.is_in(network.id.key()))
        {
            more.extend(place.addresses.iter().map(|one| one.host.to_ascii_lowercase()));
        }
    }
    more.retain(|host| is_host_name(host) && !network.lookups.iter().any(|(known, _)| known == host));
    network
        .lookups
        .extend(looked_up(more.into_iter().collect(), probes).await);
}

/// Returns the regions of the registry, which only a subnet needs.
async fn regions(
    client: &ArmClient,
    registry: &LiveRegistry,
    request: &AroundRequest,
    probes: &Probes,
) -> Result<Vec<String>, Failure> {
    if request.subnet.is_none() {
        return Ok(Vec::new());
    }
    let regions = within(probes, read_regions(client, registry)).await?;
    Ok(match regions.is_empty() {
        true => vec![registry.location.clone()],
        false => regions,
    })
}

/// Returns the name of the zone that has the private addresses of a host.
fn zone_of(host: &str) -> Option<String> {
    let (_, suffix) = host.split_once('.')?;
    Some(format!("privatelink.{suffix}"))
}

async fn dns(
    client: &ArmClient,
    registry: &LiveRegistry,
    request: &AroundRequest,
    probes: &Probes,
) -> Option<PrivateDnsFacts> {
    let subscription = request.subscription()?;
    if registry.private_endpoint_connections == 0 {
        return None;
    }
    let zone = zone_of(&registry.login_server)?;
    let read = read_private_dns(client, registry, &zone, subscription);
    Some(probes.wait(LONGEST, read).await.unwrap_or_else(unread_in_time))
}

/// Returns the facts about private endpoints whose reads took too long.
fn unread_in_time() -> PrivateDnsFacts {
    PrivateDnsFacts {
        unread_connections: Some(too_slow()),
        ..PrivateDnsFacts::default()
    }
}

async fn way_out(client: &ArmClient, id: &SubnetId) -> Result<(SubnetPath, Egress), Failure> {
    let path = read_subnet_path(client, id).await?;
    let egress = read_subnet_egress(client, &Cache::default(), &path.subnet).await;
    Ok((path, egress))
}

async fn subnet(client: &ArmClient, id: Option<&SubnetId>, probes: &Probes) -> Option<AskedSubnet> {
    let id = id?;
    let (path, egress) = match within(probes, way_out(client, id)).await {
        Ok((path, egress)) => (Ok(path), egress),
        Err(failure) => {
            let egress = Egress::Unknown(UnknownEgress::Unreadable(failure.clone()));
            (Err(failure), egress)
        }
    };
    Some(AskedSubnet {
        id: id.clone(),
        path,
        egress,
    })
}
