//! A virtual network, as far as it decides about names and about the way to other networks.

use std::collections::BTreeSet;

use super::fetch::{network, reference, texts};
use crate::azure::ArmClient;
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, ResourceId};

/// The address of Azure's own DNS (docs: what-is-ip-address-168-63-129-16).
const AZURE_DNS: &str = "168.63.129.16";

/// A virtual network, as far as it decides about names and about the way to other networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualNetwork {
    /// DNS servers of its owner. A network that asks Azure has none.
    pub dns_servers: Vec<String>,
    /// The networks that it is peered with, by their ids in lower case.
    pub peers: BTreeSet<String>,
}

/// Reads a virtual network (azure-rest-api-specs: network/resource-manager, `DhcpOptions` and
/// `VirtualNetworkPeeringPropertiesFormat`).
///
/// # Errors
/// The network cannot be read.
pub async fn read_virtual_network(
    client: &ArmClient,
    id: &ResourceId,
) -> Result<VirtualNetwork, Failure> {
    network(client, id, virtual_network).await
}

fn virtual_network(node: &JsonNode<'_>) -> Result<VirtualNetwork, UnexpectedJson> {
    let properties = node.at("properties")?;
    let mut dns_servers = texts(&properties.at("dhcpOptions")?.at("dnsServers")?)?;
    dns_servers.retain(|server| server != AZURE_DNS);
    let mut peers = BTreeSet::new();
    for peering in properties.at("virtualNetworkPeerings")?.elements()? {
        let peering = peering.at("properties")?;
        let state = peering.at("peeringState")?.text()?;
        if state.is_some_and(|state| state.eq_ignore_ascii_case("Connected"))
            && let Some(remote) = reference(&peering.at("remoteVirtualNetwork")?)?
        {
            peers.insert(remote.key().to_owned());
        }
    }
    Ok(VirtualNetwork { dns_servers, peers })
}
