//! Private endpoints of a registry, with the addresses that clients should find, and the zones that tell them.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::fetch::{entries, id_in, network, reference, texts};
use crate::azure::{ArmClient, Surrounding};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::live::parse::json_tree::JsonTree;
use crate::live::types::LiveRegistry;
use crate::live::unreadable::unreadable;
use crate::model::{Failure, ResourceId};

/// The private endpoints of a registry, and the zones of its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrivateDnsFacts {
    pub endpoints: Vec<PrivateEndpoint>,
    /// Zones that endpoints name, and those of the subscription that was asked.
    pub zones: Vec<PrivateZone>,
    /// The reason why the connections of the registry are not known.
    pub unread_connections: Option<Failure>,
    /// Failures to list zones.
    pub unread_zones: Vec<Failure>,
}

/// A private endpoint of a registry.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateEndpoint {
    pub id: ResourceId,
    /// State of its connection, such as `Approved` or `Pending`.
    pub state: String,
    /// What Azure says of the endpoint itself.
    pub addresses: Result<EndpointAddresses, Failure>,
    /// The groups that keep the records of the endpoint in zones.
    pub zone_groups: Result<Vec<ZoneGroup>, Failure>,
}

/// A group of private DNS zones that has the records of a private endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneGroup {
    pub name: String,
    pub zones: Vec<ResourceId>,
}

/// The place of a private endpoint, and its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAddresses {
    pub subnet: ResourceId,
    pub location: Option<String>,
    pub addresses: Vec<EndpointAddress>,
}

/// A host name of a registry, and its private address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointAddress {
    pub host: String,
    pub address: String,
}

/// A private DNS zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateZone {
    pub id: ResourceId,
    /// The virtual networks that it is linked to, or the reason why they are not known.
    pub links: Result<Vec<ZoneLink>, Failure>,
    /// Its address records: names below the zone, with their addresses.
    pub records: Result<Vec<EndpointAddress>, Failure>,
}

/// A link of a private DNS zone to a virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLink {
    pub network: ResourceId,
    /// True if names that the zone lacks are looked up on the internet.
    pub falls_back: bool,
}

impl EndpointAddresses {
    /// Returns true if the endpoint is in the virtual network with this id in lower case.
    pub fn is_in(&self, network: &str) -> bool {
        let below = format!("{network}/");
        self.subnet.key().starts_with(&below)
    }
}

impl PrivateEndpoint {
    /// Returns true if the owner of the registry has approved the connection.
    pub fn is_approved(&self) -> bool {
        self.state.eq_ignore_ascii_case("Approved")
    }
}

impl PrivateDnsFacts {
    /// Returns the zone that is linked to the virtual network with this id in lower case. Azure links one zone of a name to a
    /// network.
    pub fn zone_of(&self, network: &str) -> Option<&PrivateZone> {
        let mut zones = self.zones.iter();
        zones.find(|zone| zone.is_linked_to(network))
    }
}

/// Reads the private endpoints of a registry, and the zones called `zone` that they name or that are in a subscription.
pub async fn read_private_dns(
    client: &ArmClient,
    registry: &LiveRegistry,
    zone: &str,
    subscription: &str,
) -> PrivateDnsFacts {
    let connections = match connections(registry) {
        Ok(connections) => connections,
        Err(error) => {
            let failure = unreadable(registry.id.as_str(), &error);
            return read_private_zones(client, zone, subscription, failure).await;
        }
    };
    let ids: Vec<&ResourceId> = connections.iter().map(|(id, _)| id).collect();
    let reads = ids.iter().map(|id| addresses(client, id));
    let groups = ids.iter().map(|id| zone_groups(client, id));
    let (addresses, groups, listed) = futures::join!(
        join_all(reads),
        join_all(groups),
        zones_of_subscription(client, subscription),
    );
    let mut facts = PrivateDnsFacts::default();
    let mut found = BTreeSet::new();
    for ((id, state), (addresses, groups)) in
        connections.into_iter().zip(addresses.into_iter().zip(groups))
    {
        match &groups {
            Ok(groups) => found.extend(groups.iter().flat_map(|group| group.zones.clone())),
            Err(failure) => facts.unread_zones.push(failure.clone()),
        }
        facts.endpoints.push(PrivateEndpoint {
            id,
            state,
            addresses,
            zone_groups: groups,
        });
    }
    match listed {
        Ok(ids) => found.extend(ids),
        Err(failure) => facts.unread_zones.push(failure),
    }
    facts.zones = read_zones(client, found, zone).await;
    facts
}

/// Reads the zones called `zone` of a subscription, where the connections of the registry are not known.
pub async fn read_private_zones(
    client: &ArmClient,
    zone: &str,
    subscription: &str,
    unread_connections: Failure,
) -> PrivateDnsFacts {
    let mut facts = PrivateDnsFacts {
        unread_connections: Some(unread_connections),
        ..PrivateDnsFacts::default()
    };
    match zones_of_subscription(client, subscription).await {
        Ok(ids) => facts.zones = read_zones(client, ids.into_iter().collect(), zone).await,
        Err(failure) => facts.unread_zones.push(failure),
    }
    facts
}

async fn read_zones(client: &ArmClient, mut ids: BTreeSet<ResourceId>, zone: &str) -> Vec<PrivateZone> {
    ids.retain(|id| id.name().eq_ignore_ascii_case(zone));
    join_all(ids.into_iter().map(|id| read_zone(client, id))).await
}

/// Returns the private endpoints of the registry's connections, with the state of each.
fn connections(registry: &LiveRegistry) -> Result<Vec<(ResourceId, String)>, UnexpectedJson> {
    let tree = JsonTree::from(&*registry.body);
    let properties = JsonNode::root(&tree).at("properties")?;
    let mut found = Vec::new();
    for connection in properties.at("privateEndpointConnections")?.elements()? {
        let properties = connection.at("properties")?;
        let state = properties.at("privateLinkServiceConnectionState")?.at("status")?;
        if let Some(id) = reference(&properties.at("privateEndpoint")?)? {
            found.push((id, state.text()?.unwrap_or_default()));
        }
    }
    Ok(found)
}

/// Reads an endpoint, and the interfaces that have its addresses.
async fn addresses(client: &ArmClient, id: &ResourceId) -> Result<EndpointAddresses, Failure> {
    let (place, interfaces) = network(client, id, endpoint).await?;
    let reads = interfaces.iter().map(|id| network(client, id, interface));
    let mut addresses = Vec::new();
    for read in join_all(reads).await {
        addresses.extend(read?);
    }
    Ok(EndpointAddresses { addresses, ..place })
}

fn endpoint(node: &JsonNode<'_>) -> Result<(EndpointAddresses, Vec<ResourceId>), UnexpectedJson> {
    let properties = node.at("properties")?;
    let subnet = properties.at("subnet")?;
    let mut interfaces = Vec::new();
    for interface in properties.at("networkInterfaces")?.elements()? {
        interfaces.extend(reference(&interface)?);
    }
    let Some(subnet) = reference(&subnet)? else {
        return Err(subnet.error("the id of a subnet"));
    };
    let place = EndpointAddresses {
        subnet,
        location: node.at("location")?.text()?,
        addresses: Vec::new(),
    };
    Ok((place, interfaces))
}

/// Reads the addresses of an interface, one for each host name.
fn interface(node: &JsonNode<'_>) -> Result<Vec<EndpointAddress>, UnexpectedJson> {
    let mut found = Vec::new();
    for part in node.at("properties")?.at("ipConfigurations")?.elements()? {
        let properties = part.at("properties")?;
        let Some(address) = properties.at("privateIPAddress")?.text()? else {
            continue;
        };
        for host in texts(&properties.at("privateLinkConnectionProperties")?.at("fqdns")?)? {
            let address = address.clone();
            found.push(EndpointAddress { host, address });
        }
    }
    Ok(found)
}

async fn zone_groups(client: &ArmClient, endpoint: &ResourceId) -> Result<Vec<ZoneGroup>, Failure> {
    let path = format!("{endpoint}/privateDnsZoneGroups");
    let list = client.network_resources(&path).await?;
    entries(&list, &path, zone_group)
}

fn zone_group(node: &JsonNode<'_>) -> Result<ZoneGroup, UnexpectedJson> {
    let mut zones = Vec::new();
    for config in node.at("properties")?.at("privateDnsZoneConfigs")?.elements()? {
        zones.extend(id_in(&config.at("properties")?.at("privateDnsZoneId")?)?);
    }
    let name = node.at("name")?.text()?.unwrap_or_default();
    Ok(ZoneGroup { name, zones })
}

async fn zones_of_subscription(
    client: &ArmClient,
    subscription: &str,
) -> Result<Vec<ResourceId>, Failure> {
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Network/privateDnsZones");
    let list = client.surroundings(Surrounding::PrivateDns, &path, None).await?;
    let zones = entries(&list, &path, reference)?;
    Ok(zones.into_iter().flatten().collect())
}

async fn read_zone(client: &ArmClient, id: ResourceId) -> PrivateZone {
    let (links, records) = futures::join!(links(client, &id), records(client, &id));
    PrivateZone { id, links, records }
}

async fn links(client: &ArmClient, zone: &ResourceId) -> Result<Vec<ZoneLink>, Failure> {
    let path = format!("{zone}/virtualNetworkLinks");
    let list = client.surroundings(Surrounding::PrivateDns, &path, None).await?;
    let links = entries(&list, &path, link)?;
    Ok(links.into_iter().flatten().collect())
}

/// Reads a link (azure-rest-api-specs: privatedns/resource-manager, 2024-06-01, `VirtualNetworkLinkProperties`).
fn link(node: &JsonNode<'_>) -> Result<Option<ZoneLink>, UnexpectedJson> {
    let properties = node.at("properties")?;
    let policy = properties.at("resolutionPolicy")?.text()?;
    let network = reference(&properties.at("virtualNetwork")?)?;
    Ok(network.map(|network| ZoneLink {
        network,
        falls_back: policy.is_some_and(|policy| policy.eq_ignore_ascii_case("NxDomainRedirect")),
    }))
}

async fn records(client: &ArmClient, zone: &ResourceId) -> Result<Vec<EndpointAddress>, Failure> {
    let path = format!("{zone}/A");
    let list = client.surroundings(Surrounding::PrivateDns, &path, None).await?;
    let records = entries(&list, &path, record)?;
    Ok(records.into_iter().flatten().collect())
}

fn record(node: &JsonNode<'_>) -> Result<Vec<EndpointAddress>, UnexpectedJson> {
    let host = node.at("name")?.needed_text()?;
    let mut found = Vec::new();
    for record in node.at("properties")?.at("aRecords")?.elements()? {
        let address = record.at("ipv4Address")?.needed_text()?;
        let host = host.clone();
        found.push(EndpointAddress { host, address });
    }
    Ok(found)
}

impl PrivateZone {
    /// Returns true if the zone is linked to a virtual network, by its id in lower case.
    pub fn is_linked_to(&self, network: &str) -> bool {
        self.link_to(network).is_some()
    }

    /// Returns true if a virtual network, by its id in lower case, looks the names that the zone lacks up on the internet.
    pub fn falls_back(&self, network: &str) -> bool {
        self.link_to(network).is_some_and(|link| link.falls_back)
    }

    fn link_to(&self, network: &str) -> Option<&ZoneLink> {
        let mut links = self.links.iter().flatten();
        links.find(|link| link.network.key() == network)
    }
}
