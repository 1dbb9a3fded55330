//! Clients that use a registry, and the answer of the registry to them, apart from the product's own decision.

use ringfence::model::Cidr;
use serde_json::Value;

/// A client: a public address, or a subnet by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Client {
    Address(&'static str),
    Subnet(&'static str),
}

impl Client {
    /// Returns true if the registry admits the client. `network` is the virtual network of the walk.
    pub(super) fn gets_in(self, registry: &Value, network: &Value, shared: bool) -> bool {
        let properties = &registry["properties"];
        if registry["sku"]["name"] != "Premium" {
            return true;
        }
        if properties["publicNetworkAccess"] == "Disabled" {
            return false;
        }
        let rules = &properties["networkRuleSet"];
        if rules["defaultAction"] == "Allow" {
            return true;
        }
        match self {
            Self::Subnet(name) if is_on(network, name) => {
                let end = format!("/subnets/{name}");
                values(&rules["virtualNetworkRules"]).any(|id| id.ends_with(&end))
            }
            Self::Subnet(name) => admits(rules, egress(name, shared)),
            Self::Address(address) => admits(rules, address),
        }
    }
}

/// The public address of a subnet whose endpoint is off.
pub(super) fn egress(subnet: &str, shared: bool) -> &'static str {
    match subnet {
        "ep" => "203.0.113.9",
        "noep" if shared => "203.0.113.9",
        "noep" => "203.0.113.19",
        _ => "203.0.113.29",
    }
}

fn admits(rules: &Value, address: &str) -> bool {
    let address: Cidr = address.parse().unwrap();
    values(&rules["ipRules"])
        .any(|range| range.parse::<Cidr>().is_ok_and(|range| range.contains(address)))
}

/// Returns the addresses or ids of a list of rules.
pub(super) fn values(rules: &Value) -> impl Iterator<Item = &str> {
    rules.as_array().into_iter().flatten().filter_map(|rule| {
        let keys = ["value", "id", "virtualNetworkSubnetResourceId"];
        keys.iter().find_map(|key| rule[*key].as_str())
    })
}

/// Returns true if the service endpoint of a subnet is on.
fn is_on(network: &Value, name: &str) -> bool {
    let subnets = network["properties"]["subnets"].as_array();
    let subnet = subnets
        .into_iter()
        .flatten()
        .find(|subnet| subnet["name"] == name);
    subnet.is_some_and(|subnet| {
        !subnet["properties"]["serviceEndpoints"]
            .as_array()
            .is_none_or(Vec::is_empty)
    })
}
