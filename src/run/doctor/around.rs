//! Reads what stands around the registry, as far as a flag asks for it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures::future::join_all;

use crate::azure::{ArmClient, Surrounding};
use crate::doctor::{
    AskedNetwork, AskedService, AskedSubnet, Lookup, LookupOutcome, ServiceKind, Surroundings, own_hosts,
};
use crate::live::surroundings::{
    PrivateDnsFacts, PullingClient, read_client, read_locks, read_login_logging, read_private_dns,
    read_roles, read_subnet_path,
};
use crate::live::{
    Cache, Egress, LiveRegistry, UnknownEgress, read_public_addresses, read_regions, read_subnet,
    read_subnet_egress,
};
use crate::model::{Cidr, Failure, ResourceId, SubnetId, is_host_name};
use crate::probe::Probes;

/// Longest time of reading what no flag asks about.
pub(super) const LONGEST: Duration = Duration::from_secs(8);

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
    let (regions, dns, mut network, subnet, service, logging, locks) = futures::join!(
        regions(client, registry, request),
        dns(client, registry, request),
        network(client, registry, request.network.as_ref(), probes),
        subnet(client, request.subnet.as_ref()),
        service(client, registry, request.service.as_ref()),
        probes.wait(LONGEST, read_login_logging(client, &registry.id)),
        probes.wait(LONGEST, read_locks(client, &registry.id)),
    );
    if let (Some(network), Some(dns)) = (&mut network, &dns) {
        look_up_more(network, dns, probes).await;
    }
    Surroundings {
        regions,
        dns,
        network,
        subnet,
        service,
        logging,
        callers: None,
        locks,
        permissions: None,
    }
}

/// Reads a network, and looks up each name of the registry from this machine.
async fn network(
    client: &ArmClient,
    registry: &LiveRegistry,
    id: Option<&ResourceId>,
    probes: &Probes,
) -> Option<AskedNetwork> {
    let id = id?.clone();
    let (read, lookups) = futures::join!(
        client.network_resource(&id),
        looked_up(own_hosts(registry), probes)
    );
    Some(AskedNetwork {
        unread: read.err().map(Failure::from),
        id,
        lookups,
    })
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

/// Returns the regions of the registry, which only a subnet needs. Without the replicas, that is its own.
async fn regions(client: &ArmClient, registry: &LiveRegistry, request: &AroundRequest) -> Vec<String> {
    if request.subnet.is_none() {
        return Vec::new();
    }
    match read_regions(client, registry).await {
        Ok(regions) if !regions.is_empty() => regions,
        _ => vec![registry.location.clone()],
    }
}

async fn dns(
    client: &ArmClient,
    registry: &LiveRegistry,
    request: &AroundRequest,
) -> Option<PrivateDnsFacts> {
    let subscription = request.subscription()?;
    if registry.private_endpoint_connections == 0 {
        return None;
    }
    let (_, suffix) = registry.login_server.split_once('.')?;
    let zone = format!("privatelink.{suffix}");
    Some(read_private_dns(client, registry, &zone, subscription).await)
}

async fn subnet(client: &ArmClient, id: Option<&SubnetId>) -> Option<AskedSubnet> {
    let id = id?;
    let path = read_subnet_path(client, id).await;
    let egress = match &path {
        Ok(path) => read_subnet_egress(client, &Cache::default(), &path.subnet).await,
        Err(failure) => Egress::Unknown(UnknownEgress::Unreadable(failure.clone())),
    };
    Some(AskedSubnet {
        id: id.clone(),
        path,
        egress,
    })
}

/// Returns the type of resource that a kind of service is.
fn resource_kind(kind: ServiceKind) -> Surrounding {
    match kind {
        ServiceKind::AppService => Surrounding::Site,
        ServiceKind::ContainerInstances => Surrounding::ContainerGroup,
        ServiceKind::ContainerApps => Surrounding::ContainerApp,
        _ => Surrounding::Cluster,
    }
}

async fn service(
    client: &ArmClient,
    registry: &LiveRegistry,
    asked: Option<&(ServiceKind, Option<ResourceId>)>,
) -> Option<AskedService> {
    let (kind, id) = asked?;
    let mut service = AskedService {
        kind: *kind,
        id: id.clone(),
        client: None,
        subnets: Vec::new(),
        addresses: Ok(BTreeSet::new()),
        roles: None,
    };
    let Some(id) = id else {
        return Some(service);
    };
    let read = read_client(client, resource_kind(*kind), id).await;
    if let Ok(found) = &read {
        service.addresses = addresses(client, found).await;
        let ids = subnets(found);
        let reads = ids.iter().map(|id| read_subnet(client, id));
        service.subnets = ids.iter().cloned().zip(join_all(reads).await).collect();
        if let Some(identity) = found.identity() {
            service.roles = Some(read_roles(client, &registry.id, identity).await);
        }
    }
    service.client = Some(read);
    Some(service)
}

/// Returns the subnets that a service is in.
fn subnets(found: &PullingClient) -> Vec<SubnetId> {
    let ids: Vec<&ResourceId> = match found {
        PullingClient::Cluster(cluster) => cluster.subnets.iter().collect(),
        PullingClient::Site(site) => site.subnet.iter().collect(),
        PullingClient::ContainerGroup(group) => group.subnets.iter().collect(),
        PullingClient::ContainerApp(app) => app.subnet.iter().collect(),
    };
    ids.into_iter()
        .filter_map(|id| SubnetId::parse(id.as_str()).ok())
        .collect()
}

/// Returns the public addresses that a service comes from.
async fn addresses(client: &ArmClient, found: &PullingClient) -> Result<BTreeSet<Cidr>, Failure> {
    let listed = match found {
        PullingClient::Cluster(cluster) => {
            return read_public_addresses(client, &cluster.outbound_addresses).await;
        }
        PullingClient::Site(site) => &site.addresses,
        PullingClient::ContainerApp(app) => &app.outbound_addresses,
        PullingClient::ContainerGroup(_) => return Ok(BTreeSet::new()),
    };
    let mut addresses = BTreeSet::new();
    for text in listed {
        // IPv6 addresses are left out: rules are IPv4.
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            addresses.extend(Cidr::containing(address, 32));
        }
    }
    Ok(addresses)
}
