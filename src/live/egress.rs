//! Public addresses of the clients of a subnet, read from its NAT gateway.
//!
//! They matter only where a service endpoint is about to be turned on, or is off and an expectation depends on it, and
//! only if the spec does not tell them.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::cache::Cache;
use super::parse;
use super::parse::egress::{egress_resources, nat_gateway, public_addresses};
use super::types::{Egress, LiveSubnet, PresentSubnet, UnknownEgress};
use super::unreadable::unreadable;
use crate::azure::ArmClient;
use crate::model::{Cidr, Failure, ResourceId, Setting, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints};

/// Reads the public addresses of each subnet whose endpoint the change turns on, or that is `expected` and whose endpoint
/// is off, and whose `egress` the spec does not have. A read that fails is part of the result.
pub(crate) async fn egress(
    client: &ArmClient,
    cache: &Cache,
    spec: &RegistrySpec,
    expected: &BTreeSet<SubnetId>,
    subnets: &BTreeMap<SubnetId, LiveSubnet>,
) -> BTreeMap<SubnetId, Egress> {
    let mut asked = switched(spec);
    asked.extend(expected);
    let reads = without_endpoint(&asked, spec, subnets)
        .into_iter()
        .map(
            |(id, subnet)| async move { (id.clone(), read_subnet_egress(client, cache, subnet).await) },
        );
    join_all(reads).await.into_iter().collect()
}

/// Returns the wanted subnets, unless their endpoints are left to others.
fn switched(spec: &RegistrySpec) -> BTreeSet<&SubnetId> {
    let wanted = match spec.service_endpoints {
        ServiceEndpoints::Ensure => spec.settings.rules(Setting::VirtualNetworkRules),
        ServiceEndpoints::Assume => None,
    };
    let rules = wanted.unwrap_or_default().iter();
    rules.filter_map(|listed| listed.rule.subnet()).collect()
}

/// Returns those of the subnets whose endpoint is off and for which the spec has no `egress`.
fn without_endpoint<'a>(
    asked: &BTreeSet<&SubnetId>,
    spec: &RegistrySpec,
    subnets: &'a BTreeMap<SubnetId, LiveSubnet>,
) -> Vec<(&'a SubnetId, &'a PresentSubnet)> {
    let mut found = Vec::new();
    for (id, subnet) in subnets {
        if let LiveSubnet::Present(subnet) = subnet
            && !subnet.has_endpoint
            && asked.contains(id)
            && !spec.egress.contains_key(id)
        {
            found.push((id, subnet));
        }
    }
    found
}

/// Reads the public addresses of the clients of one subnet.
pub async fn read_subnet_egress(client: &ArmClient, cache: &Cache, subnet: &PresentSubnet) -> Egress {
    let named = match egress_resources(&subnet.body) {
        Ok(named) => named,
        Err(error) => {
            return Egress::Unknown(UnknownEgress::Unreadable(unreadable("the subnet", &error)));
        }
    };
    match named.nat_gateway {
        // A route of the table may lead to a firewall instead (docs: virtual-networks-udr-overview).
        _ if named.has_route_table => Egress::Unknown(UnknownEgress::RouteTable),
        None => Egress::Unknown(UnknownEgress::NoNatGateway),
        Some(gateway) => {
            let read = of_gateway(client, &gateway);
            cache.nat_gateways.get(gateway.key(), read).await
        }
    }
}

async fn of_gateway(client: &ArmClient, gateway: &ResourceId) -> Egress {
    match addresses(client, gateway).await {
        Ok(addresses) if addresses.is_empty() => Egress::Unknown(UnknownEgress::NoAddress),
        Ok(addresses) => Egress::Known(addresses),
        Err(failure) => Egress::Unknown(UnknownEgress::Unreadable(failure)),
    }
}

/// Reads a NAT gateway, and then all its addresses at the same time.
async fn addresses(client: &ArmClient, gateway: &ResourceId) -> Result<BTreeSet<Cidr>, Failure> {
    let named = read(client, gateway, nat_gateway).await?;
    read_public_addresses(client, &named).await
}

/// Reads public IP addresses and prefixes, all at the same time. Those of IPv6 are left out.
///
/// # Errors
/// One of them cannot be read.
pub async fn read_public_addresses(
    client: &ArmClient,
    ids: &[ResourceId],
) -> Result<BTreeSet<Cidr>, Failure> {
    let reads = ids.iter().map(|id| read(client, id, public_addresses));
    let mut addresses = BTreeSet::new();
    for read in join_all(reads).await {
        addresses.extend(read?);
    }
    Ok(addresses)
}

/// Reads one resource of the Network provider and parses its body.
async fn read<T>(client: &ArmClient, id: &ResourceId, parse: Parse<T>) -> Result<T, Failure> {
    let body = client.network_resource(id).await?.body;
    let parsed = parse::is_about(id, &body).and_then(|()| parse(&body));
    parsed.map_err(|error| unreadable(id.as_str(), &error))
}

/// Parser of a body.
type Parse<T> = fn(&serde_json::Value) -> Result<T, parse::json_node::UnexpectedJson>;
