//! Services of Azure that pull from registries: where they stand, which addresses they have, and who they are.

use super::fetch::{id_in, other, reference, texts};
use super::identities::{Identities, PullCredential, PullIdentity, pull_credentials};
use crate::azure::{ArmClient, Surrounding};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, ResourceId};

/// A service that pulls from registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullingClient {
    Cluster(Cluster),
    Site(Site),
    ContainerGroup(ContainerGroup),
    ContainerApp(ContainerApp),
}

/// A cluster of Azure Kubernetes Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The subnets of its node pools. A pool without one is in a network that the cluster manages.
    pub subnets: Vec<ResourceId>,
    pub outbound_type: String,
    /// The public addresses of its load balancer or its NAT gateway.
    pub outbound_addresses: Vec<ResourceId>,
    /// Object id of the identity with which its nodes pull.
    pub kubelet_identity: Option<String>,
}

/// An app of App Service or of Functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// All addresses that it may come from, in any scale.
    pub addresses: Vec<String>,
    pub subnet: Option<ResourceId>,
    /// True if it pulls images over its virtual network.
    pub pulls_over_network: bool,
    /// The identity with which it pulls, if it shows that it uses one.
    pub pulls_as: PullIdentity,
}

/// A group of Container Instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerGroup {
    pub subnets: Vec<ResourceId>,
    pub credentials: Vec<PullCredential>,
}

/// A container app, with its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerApp {
    pub outbound_addresses: Vec<String>,
    /// The subnet of its environment, if that is in a network of the customer.
    pub subnet: Option<ResourceId>,
    pub credentials: Vec<PullCredential>,
}

impl PullingClient {
    /// Returns who the service is to a registry with this login server, as far as the service shows it.
    pub fn pulls_as(&self, login_server: &str) -> PullIdentity {
        match self {
            Self::Cluster(cluster) => match &cluster.kubelet_identity {
                Some(object_id) => PullIdentity::Object(object_id.clone()),
                None => PullIdentity::Unknown,
            },
            Self::Site(site) => site.pulls_as.clone(),
            Self::ContainerGroup(ContainerGroup { credentials, .. })
            | Self::ContainerApp(ContainerApp { credentials, .. }) => {
                let mut own = credentials.iter();
                let own = own.find(|one| one.server.eq_ignore_ascii_case(login_server));
                own.map_or(PullIdentity::Unknown, |one| one.pulls_as.clone())
            }
        }
    }
}

/// Reads a service by its id. `kind` is the type that the id must have.
///
/// # Errors
/// It cannot be read.
pub async fn read_client(
    client: &ArmClient,
    kind: Surrounding,
    id: &ResourceId,
) -> Result<PullingClient, Failure> {
    Ok(match kind {
        Surrounding::Site => PullingClient::Site(other(client, kind, id, site).await?),
        Surrounding::ContainerGroup => {
            PullingClient::ContainerGroup(other(client, kind, id, container_group).await?)
        }
        Surrounding::ContainerApp => {
            let (mut app, environment) = other(client, kind, id, container_app).await?;
            // Only the environment knows its network.
            if let Some(environment) = environment {
                app.subnet = other(client, kind, &environment, environment_subnet).await?;
            }
            PullingClient::ContainerApp(app)
        }
        _ => PullingClient::Cluster(other(client, Surrounding::Cluster, id, cluster).await?),
    })
}

fn cluster(node: &JsonNode<'_>) -> Result<Cluster, UnexpectedJson> {
    let properties = node.at("properties")?;
    let mut subnets = Vec::new();
    for pool in properties.at("agentPoolProfiles")?.elements()? {
        if let Some(subnet) = id_in(&pool.at("vnetSubnetID")?)?
            && !subnets.contains(&subnet)
        {
            subnets.push(subnet);
        }
    }
    let network = properties.at("networkProfile")?;
    let mut outbound_addresses = Vec::new();
    for profile in ["loadBalancerProfile", "natGatewayProfile"] {
        for address in network.at(profile)?.at("effectiveOutboundIPs")?.elements()? {
            outbound_addresses.extend(reference(&address)?);
        }
    }
    let kubelet = properties.at("identityProfile")?.at("kubeletidentity")?;
    Ok(Cluster {
        subnets,
        outbound_type: network.at("outboundType")?.text()?.unwrap_or_default(),
        outbound_addresses,
        kubelet_identity: kubelet.at("objectId")?.text()?,
    })
}

fn site(node: &JsonNode<'_>) -> Result<Site, UnexpectedJson> {
    let properties = node.at("properties")?;
    // The longer list has the addresses of every scale.
    let mut addresses = properties.at("possibleOutboundIpAddresses")?.text()?;
    if addresses.is_none() {
        addresses = properties.at("outboundIpAddresses")?.text()?;
    }
    let addresses = addresses.unwrap_or_default();
    let addresses = addresses
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let routing = properties.at("outboundVnetRouting")?;
    let mut pulls_over_network = properties.at("vnetImagePullEnabled")?.flag()?.unwrap_or_default();
    for key in ["imagePullTraffic", "allTraffic"] {
        pulls_over_network |= routing.at(key)?.flag()?.unwrap_or_default();
    }
    Ok(Site {
        addresses: addresses.map(str::to_owned).collect(),
        subnet: id_in(&properties.at("virtualNetworkSubnetId")?)?,
        pulls_over_network,
        pulls_as: site_identity(node, &properties.at("siteConfig")?)?,
    })
}

/// Reads the identity with which an app pulls (azure-mgmt-web, `SiteConfig`). Without the flag it pulls with a user name and a
/// password of its settings, which are not shown.
fn site_identity(node: &JsonNode<'_>, config: &JsonNode<'_>) -> Result<PullIdentity, UnexpectedJson> {
    if config.at("acrUseManagedIdentityCreds")?.flag()? != Some(true) {
        return Ok(PullIdentity::Unknown);
    }
    let identities = Identities::of(node)?;
    Ok(match config.at("acrUserManagedIdentityID")?.text()? {
        Some(client_id) if !client_id.is_empty() => identities.with_client_id(&client_id),
        _ => identities.of_system(),
    })
}

fn container_group(node: &JsonNode<'_>) -> Result<ContainerGroup, UnexpectedJson> {
    let properties = node.at("properties")?;
    let mut subnets = Vec::new();
    for subnet in properties.at("subnetIds")?.elements()? {
        subnets.extend(reference(&subnet)?);
    }
    let credentials = properties.at("imageRegistryCredentials")?;
    Ok(ContainerGroup {
        subnets,
        credentials: pull_credentials(node, &credentials)?,
    })
}

fn container_app(node: &JsonNode<'_>) -> Result<(ContainerApp, Option<ResourceId>), UnexpectedJson> {
    let properties = node.at("properties")?;
    let mut environment = id_in(&properties.at("environmentId")?)?;
    if environment.is_none() {
        environment = id_in(&properties.at("managedEnvironmentId")?)?;
    }
    let app = ContainerApp {
        outbound_addresses: texts(&properties.at("outboundIpAddresses")?)?,
        subnet: None,
        credentials: pull_credentials(node, &properties.at("configuration")?.at("registries")?)?,
    };
    Ok((app, environment))
}

fn environment_subnet(node: &JsonNode<'_>) -> Result<Option<ResourceId>, UnexpectedJson> {
    let network = node.at("properties")?.at("vnetConfiguration")?;
    id_in(&network.at("infrastructureSubnetId")?)
}
