//! A virtual network in the shape that Azure returns.

use ringfence::model::SubnetId;
use serde_json::{Value, json};

use crate::azure_bodies::subnet_body;

/// The virtual network of these subnets.
pub(crate) fn vnet_body(subnets: &[SubnetId]) -> Value {
    let mut bodies: Vec<Value> = subnets.iter().map(subnet_body).collect();
    for (position, body) in bodies.iter_mut().enumerate() {
        body["properties"]["addressPrefix"] = format!("10.0.{position}.0/24").into();
    }
    let (vnet, _) = subnets[0]
        .as_str()
        .rsplit_once("/subnets/")
        .expect("a subnet is in a virtual network");
    json!({
        "name": vnet.rsplit('/').next(),
        "id": vnet,
        "etag": "W/\"316f2a80-afa4-499b-88e6-b896d589455a\"",
        "type": "Microsoft.Network/virtualNetworks",
        "location": "eastus",
        "tags": {},
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": "e0db61c0-77b5-4bb1-9065-6669039f17ee",
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "dhcpOptions": {"dnsServers": []},
            "subnets": bodies,
            "virtualNetworkPeerings": [],
            "enableDdosProtection": false
        }
    })
}
