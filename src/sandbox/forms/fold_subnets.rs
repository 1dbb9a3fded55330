//! Puts subnets that stand alone in a file into their virtual networks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::defaults;
use super::normalize::{settle_subnet, stamp_subnet};
use crate::model::{ResourceId, SubnetId};
use crate::sandbox::network::prefixes;
use crate::sandbox::protocol::json::{id, same_id, text};

/// Puts standalone subnets into their virtual networks.
pub(crate) fn fold(resources: Vec<Value>) -> Vec<Value> {
    let (mut others, mut subnets) = (Vec::new(), Vec::new());
    for resource in resources {
        match SubnetId::parse(id(&resource)) {
            Ok(subnet) => subnets.push((subnet, Some(resource))),
            Err(_) => others.push(resource),
        }
    }
    add_subnets(others, subnets)
}

/// Adds subnets with Azure's defaults.
pub(crate) fn with_subnets(resources: Vec<Value>, subnets: &[&SubnetId]) -> Vec<Value> {
    let fresh = subnets.iter().map(|id| ((*id).clone(), None)).collect();
    add_subnets(resources, fresh)
}

/// Adds subnets to their networks, and makes the networks that are missing. An existing subnet stays.
fn add_subnets(mut resources: Vec<Value>, subnets: Vec<(SubnetId, Option<Value>)>) -> Vec<Value> {
    if subnets.is_empty() {
        return resources;
    }
    // An index by id: a search per subnet would take quadratic time.
    let mut positions = BTreeMap::new();
    for (position, resource) in resources.iter().enumerate() {
        positions.insert(id(resource).to_ascii_lowercase(), position);
    }
    let given = resources.len();
    for (subnet, body) in subnets {
        let key = subnet.vnet_key().to_owned();
        let position = *positions.entry(key).or_insert(resources.len());
        if position == resources.len() {
            resources.push(network_of(&subnet));
        }
        let network = &mut resources[position];
        // The space of a network that is not in the file is not known: it holds the subnets that are.
        if let Some(body) = &body
            && position >= given
        {
            prefixes::widen(network, body);
        }
        add_subnet(network, &subnet, body);
    }
    resources
}

fn add_subnet(network: &mut Value, subnet: &SubnetId, body: Option<Value>) {
    // A network and its subnets have one ETag.
    let etag = text(network, "/etag").to_owned();
    let Some(subnets) = network["properties"]["subnets"].as_array_mut() else {
        return;
    };
    if subnets.iter().any(|known| same_id(id(known), subnet.as_str())) {
        return;
    }
    let default = defaults::subnet(subnet, subnets.len());
    let mut body = body.unwrap_or_else(|| default.clone());
    if !prefixes::has_any(&body) {
        body["properties"]["addressPrefix"] = default["properties"]["addressPrefix"].clone();
    }
    settle_subnet(&mut body);
    stamp_subnet(&mut body, &etag);
    subnets.push(body);
}

/// Returns a new virtual network for a subnet whose network is missing.
fn network_of(subnet: &SubnetId) -> Value {
    // Cuts `/subnets/NAME` off the id.
    let end = subnet.as_str().len() - "/subnets/".len() - subnet.name().len();
    let network =
        ResourceId::parse(&subnet.as_str()[..end]).expect("a subnet id begins with its network's id");
    defaults::virtual_network(&network)
}
