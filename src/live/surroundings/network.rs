//! A virtual network, as far as it decides about names.

use super::fetch::{network, texts};
use crate::azure::ArmClient;
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, ResourceId};

/// Reads the DNS servers that a virtual network names (azure-rest-api-specs: network/resource-manager, `DhcpOptions`). A network
/// without any asks Azure.
///
/// # Errors
/// The network cannot be read.
pub async fn read_dns_servers(client: &ArmClient, id: &ResourceId) -> Result<Vec<String>, Failure> {
    network(client, id, dns_servers).await
}

fn dns_servers(node: &JsonNode<'_>) -> Result<Vec<String>, UnexpectedJson> {
    let options = node.at("properties")?.at("dhcpOptions")?;
    texts(&options.at("dnsServers")?)
}
