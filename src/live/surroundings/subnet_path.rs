//! What the traffic of a subnet meets on its way out: its security group, its routes, and its endpoint policies.

use futures::future::join_all;

use super::fetch::{network, reference, texts};
use crate::azure::{ArmClient, CONTAINER_REGISTRY};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::live::parse::json_tree::JsonTree;
use crate::live::read::read_subnet;
use crate::live::types::{LiveSubnet, PresentSubnet};
use crate::live::unreadable::unreadable;
use crate::model::{Cidr, Failure, ResourceId, SubnetId};

/// The way out of a subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetPath {
    pub id: SubnetId,
    pub subnet: PresentSubnet,
    pub prefixes: Vec<Cidr>,
    pub service_endpoints: Vec<ServiceEndpoint>,
    /// False if Azure gives the clients of the subnet no address of its own.
    pub default_outbound: bool,
    pub has_nat_gateway: bool,
    /// All rules of the security group, by priority. `None` if the subnet has no such group.
    pub security_rules: Option<Result<Vec<SecurityRule>, Failure>>,
    /// `None` if the subnet has no route table.
    pub routes: Option<Result<Vec<Route>, Failure>>,
    pub policies: Vec<Result<EndpointPolicy, Failure>>,
    /// Registration state of Microsoft.ContainerRegistry in the subnet's subscription.
    pub registration: Result<String, Failure>,
}

/// A service endpoint of a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEndpoint {
    pub service: String,
    pub state: String,
}

/// A rule of a security group (azure-rest-api-specs: network/resource-manager, `SecurityRulePropertiesFormat`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityRule {
    pub name: String,
    pub priority: u64,
    pub outbound: bool,
    pub allows: bool,
    pub protocol: String,
    pub sources: Vec<String>,
    pub source_ports: Vec<String>,
    pub destinations: Vec<String>,
    pub destination_ports: Vec<String>,
    /// True if the rule names application security groups, whose members are not read.
    pub names_groups: bool,
}

/// A route of a route table (`RoutePropertiesFormat`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub name: String,
    /// A range or a service tag.
    pub prefix: String,
    pub next_hop: String,
    pub next_hop_address: Option<String>,
}

/// A service endpoint policy, with the services that it limits and the resources that it lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPolicy {
    pub name: String,
    pub services: Vec<String>,
    pub resources: Vec<String>,
}

/// References of a subnet.
struct Named {
    security_group: Option<ResourceId>,
    route_table: Option<ResourceId>,
    policies: Vec<ResourceId>,
}

/// Reads a subnet and what its traffic meets, as many requests at a time as there are resources.
///
/// # Errors
/// The subnet itself cannot be read.
pub async fn read_subnet_path(client: &ArmClient, id: &SubnetId) -> Result<SubnetPath, Failure> {
    let subnet = match read_subnet(client, id).await {
        LiveSubnet::Present(subnet) => subnet,
        LiveSubnet::Unreadable(failure) => return Err(failure),
    };
    let tree = JsonTree::from(&subnet.body);
    let root = JsonNode::root(&tree);
    let properties = root
        .at("properties")
        .map_err(|error| unreadable(id.as_str(), &error))?;
    let named = named(&properties).map_err(|error| unreadable(id.as_str(), &error))?;
    let policies = named
        .policies
        .iter()
        .map(|policy| network(client, policy, endpoint_policy));
    let (security_rules, routes, policies, registration) = futures::join!(
        optional(client, named.security_group.as_ref(), security_rules),
        optional(client, named.route_table.as_ref(), routes),
        join_all(policies),
        client.provider_state(id.subscription(), CONTAINER_REGISTRY),
    );
    let path = path(id, &subnet, &properties).map_err(|error| unreadable(id.as_str(), &error))?;
    Ok(SubnetPath {
        security_rules,
        routes,
        policies,
        registration: registration.map_err(Failure::from),
        ..path
    })
}

async fn optional<T>(
    client: &ArmClient,
    id: Option<&ResourceId>,
    parse: super::fetch::Parse<T>,
) -> Option<Result<T, Failure>> {
    Some(network(client, id?, parse).await)
}

fn named(properties: &JsonNode<'_>) -> Result<Named, UnexpectedJson> {
    let mut policies = Vec::new();
    for policy in properties.at("serviceEndpointPolicies")?.elements()? {
        policies.extend(reference(&policy)?);
    }
    Ok(Named {
        security_group: reference(&properties.at("networkSecurityGroup")?)?,
        route_table: reference(&properties.at("routeTable")?)?,
        policies,
    })
}

/// Reads the subnet's own part.
fn path(
    id: &SubnetId,
    subnet: &PresentSubnet,
    properties: &JsonNode<'_>,
) -> Result<SubnetPath, UnexpectedJson> {
    let mut service_endpoints = Vec::new();
    for endpoint in properties.at("serviceEndpoints")?.elements()? {
        service_endpoints.push(ServiceEndpoint {
            service: endpoint.at("service")?.text()?.unwrap_or_default(),
            state: endpoint.at("provisioningState")?.text()?.unwrap_or_default(),
        });
    }
    let mut prefixes = Vec::new();
    for prefix in either(properties, "addressPrefix", "addressPrefixes")? {
        // IPv6 prefixes are left out: registries have IPv4 rules.
        prefixes.extend(prefix.parse::<Cidr>().ok());
    }
    Ok(SubnetPath {
        id: id.clone(),
        subnet: subnet.clone(),
        prefixes,
        service_endpoints,
        default_outbound: properties.at("defaultOutboundAccess")?.flag()?.unwrap_or(true),
        has_nat_gateway: !properties.at("natGateway")?.is_missing(),
        security_rules: None,
        routes: None,
        policies: Vec::new(),
        registration: Ok(String::new()),
    })
}

fn security_rules(group: &JsonNode<'_>) -> Result<Vec<SecurityRule>, UnexpectedJson> {
    let properties = group.at("properties")?;
    let mut rules = Vec::new();
    for key in ["securityRules", "defaultSecurityRules"] {
        for rule in properties.at(key)?.elements()? {
            rules.push(security_rule(&rule)?);
        }
    }
    rules.sort_by_key(|rule| rule.priority);
    Ok(rules)
}

fn security_rule(rule: &JsonNode<'_>) -> Result<SecurityRule, UnexpectedJson> {
    let properties = rule.at("properties")?;
    let mut names_groups = false;
    for key in [
        "sourceApplicationSecurityGroups",
        "destinationApplicationSecurityGroups",
    ] {
        names_groups |= !properties.at(key)?.elements()?.is_empty();
    }
    let direction = properties.at("direction")?.needed_text()?;
    let access = properties.at("access")?.needed_text()?;
    Ok(SecurityRule {
        name: rule.at("name")?.needed_text()?,
        priority: properties.at("priority")?.number()?,
        outbound: direction.eq_ignore_ascii_case("Outbound"),
        allows: access.eq_ignore_ascii_case("Allow"),
        protocol: properties.at("protocol")?.needed_text()?,
        sources: either(&properties, "sourceAddressPrefix", "sourceAddressPrefixes")?,
        source_ports: either(&properties, "sourcePortRange", "sourcePortRanges")?,
        destinations: either(
            &properties,
            "destinationAddressPrefix",
            "destinationAddressPrefixes",
        )?,
        destination_ports: either(&properties, "destinationPortRange", "destinationPortRanges")?,
        names_groups,
    })
}

fn routes(table: &JsonNode<'_>) -> Result<Vec<Route>, UnexpectedJson> {
    let mut routes = Vec::new();
    for route in table.at("properties")?.at("routes")?.elements()? {
        let properties = route.at("properties")?;
        routes.push(Route {
            name: route.at("name")?.needed_text()?,
            prefix: properties.at("addressPrefix")?.needed_text()?,
            next_hop: properties.at("nextHopType")?.needed_text()?,
            next_hop_address: properties.at("nextHopIpAddress")?.text()?,
        });
    }
    Ok(routes)
}

fn endpoint_policy(policy: &JsonNode<'_>) -> Result<EndpointPolicy, UnexpectedJson> {
    let (mut services, mut resources) = (Vec::new(), Vec::new());
    let definitions = policy.at("properties")?.at("serviceEndpointPolicyDefinitions")?;
    for definition in definitions.elements()? {
        let properties = definition.at("properties")?;
        services.push(properties.at("service")?.needed_text()?);
        resources.extend(texts(&properties.at("serviceResources")?)?);
    }
    Ok(EndpointPolicy {
        name: policy.at("name")?.needed_text()?,
        services,
        resources,
    })
}

/// Reads a value that ARM shows under one key, or as a list under another.
fn either(properties: &JsonNode<'_>, one: &str, many: &str) -> Result<Vec<String>, UnexpectedJson> {
    let mut values = texts(&properties.at(many)?)?;
    if let Some(value) = properties.at(one)?.text()?
        && !value.is_empty()
    {
        values.insert(0, value);
    }
    Ok(values)
}
