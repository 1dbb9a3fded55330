//! Reads a service of Azure that uses the registry.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use futures::future::join_all;

use super::limits::{LONGEST, too_slow};
use crate::azure::{ArmClient, Surrounding};
use crate::doctor::{AskedService, ServiceKind};
use crate::live::surroundings::{
    PullIdentity, PullingClient, VirtualNetwork, read_client, read_roles, read_virtual_network,
};
use crate::live::{LiveRegistry, read_public_addresses, read_subnet};
use crate::model::{Cidr, Failure, ResourceId, SubnetId};
use crate::probe::Probes;

/// Virtual networks, by their ids in lower case.
pub(super) type Networks = BTreeMap<String, Result<VirtualNetwork, Failure>>;

/// Reads the service that is asked about, and its networks.
pub(super) async fn service(
    client: &ArmClient,
    registry: &LiveRegistry,
    asked: Option<&(ServiceKind, Option<ResourceId>)>,
    probes: &Probes,
) -> Option<(AskedService, Networks)> {
    let (kind, id) = asked?;
    let unread = AskedService {
        kind: *kind,
        id: id.clone(),
        client: None,
        subnets: Vec::new(),
        addresses: Ok(BTreeSet::new()),
        pulls_as: None,
        roles: None,
    };
    let Some(id) = id else {
        return Some((unread, Networks::new()));
    };
    let reading = read(client, registry, unread.clone(), id);
    Some(match probes.wait(LONGEST, reading).await {
        Some(read) => read,
        None => {
            let client = Some(Err(too_slow()));
            (AskedService { client, ..unread }, Networks::new())
        }
    })
}

async fn read(
    client: &ArmClient,
    registry: &LiveRegistry,
    mut service: AskedService,
    id: &ResourceId,
) -> (AskedService, Networks) {
    let mut networks = Networks::new();
    let read = read_client(client, resource_kind(service.kind), id).await;
    if let Ok(found) = &read {
        let ids = subnets(found);
        let subnets = join_all(ids.iter().map(|id| read_subnet(client, id)));
        let pulls_as = found.pulls_as(&registry.login_server);
        let roles = async {
            match &pulls_as {
                PullIdentity::Object(id) => Some(read_roles(client, &registry.id, id).await),
                PullIdentity::Managed | PullIdentity::Password | PullIdentity::Unknown => None,
            }
        };
        let around = networks_of(client, registry, &ids);
        let (addresses, subnets, roles, around) =
            futures::join!(addresses(client, found), subnets, roles, around);
        service.addresses = addresses;
        service.subnets = ids.into_iter().zip(subnets).collect();
        service.roles = roles;
        service.pulls_as = Some(pulls_as);
        networks = around;
    }
    service.client = Some(read);
    (service, networks)
}

/// Reads the networks of subnets, where clients may look for a private endpoint.
async fn networks_of(client: &ArmClient, registry: &LiveRegistry, ids: &[SubnetId]) -> Networks {
    let mut networks = BTreeSet::new();
    if registry.approved_private_endpoints > 0 {
        networks.extend(ids.iter().map(SubnetId::vnet));
    }
    let reads = networks.into_iter().map(|id| async move {
        let network = read_virtual_network(client, &id).await;
        (id.key().to_owned(), network)
    });
    join_all(reads).await.into_iter().collect()
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
