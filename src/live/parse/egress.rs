//! Public addresses in the answers of the Network provider (azure-mgmt-network: `NatGateway`, `PublicIPAddress`,
//! `PublicIPPrefix`).

use serde_json::Value;

use super::json_node::{JsonNode, UnexpectedJson};
use super::json_tree::JsonTree;
use crate::model::{Cidr, ResourceId};

/// Most public addresses of one NAT gateway (PSRule for Azure: Azure.VNET.FirewallSubnetNAT).
const MOST_ADDRESSES: usize = 16;

/// Resources that a subnet names and that decide about the public addresses of its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EgressResources {
    pub(crate) nat_gateway: Option<ResourceId>,
    pub(crate) has_route_table: bool,
}

/// Reads the body of a subnet.
pub(crate) fn egress_resources(subnet: &Value) -> Result<EgressResources, UnexpectedJson> {
    let tree = JsonTree::from(subnet);
    let properties = JsonNode::root(&tree).at("properties")?;
    let gateway = properties.at("natGateway")?;
    let nat_gateway = if gateway.is_missing() {
        None
    } else {
        Some(reference(&gateway)?)
    };
    Ok(EgressResources {
        nat_gateway,
        has_route_table: !properties.at("routeTable")?.is_missing(),
    })
}

/// Returns the IPv4 addresses and prefixes that a NAT gateway names.
pub(crate) fn nat_gateway(body: &Value) -> Result<Vec<ResourceId>, UnexpectedJson> {
    let tree = JsonTree::from(body);
    let properties = JsonNode::root(&tree).at("properties")?;
    let mut named = Vec::new();
    for key in ["publicIpAddresses", "publicIpPrefixes"] {
        let list = properties.at(key)?;
        for element in list.elements()? {
            // Each reference is a request.
            if named.len() == MOST_ADDRESSES {
                return Err(list.error("at most 16 public addresses and prefixes"));
            }
            named.push(reference(&element)?);
        }
    }
    Ok(named)
}

/// Reads a public IP address or a public IP prefix. Returns `None` for one of IPv6.
pub(crate) fn public_addresses(body: &Value) -> Result<Option<Cidr>, UnexpectedJson> {
    let tree = JsonTree::from(body);
    let properties = JsonNode::root(&tree).at("properties")?;
    let family = properties.at("publicIPAddressVersion")?.text()?;
    if family.is_some_and(|family| family.eq_ignore_ascii_case("IPv6")) {
        return Ok(None);
    }
    // A prefix has `ipPrefix`, an address `ipAddress`.
    let mut node = properties.at("ipPrefix")?;
    if node.is_missing() {
        node = properties.at("ipAddress")?;
    }
    let text = node.needed_text()?;
    let parsed = text.parse();
    parsed
        .map(Some)
        .map_err(|_| node.error("an IPv4 address or range"))
}

fn reference(node: &JsonNode<'_>) -> Result<ResourceId, UnexpectedJson> {
    let id = node.at("id")?;
    ResourceId::parse(&id.needed_text()?).map_err(|_| id.error("a resource id"))
}
