//! Types, namespaces and api-versions that more than one provider of the sandbox names.

/// The namespace of the registry provider.
pub(crate) const NAMESPACE: &str = "Microsoft.ContainerRegistry";
/// The type of registries.
pub(crate) const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";
/// The type of virtual networks.
pub(crate) const NETWORKS: &str = "Microsoft.Network/virtualNetworks";
/// The type of subnets.
pub(crate) const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";
/// The type of delegations.
pub(crate) const DELEGATIONS: &str = "Microsoft.Network/virtualNetworks/subnets/delegations";
/// The type of NAT gateways.
pub(crate) const NAT_GATEWAYS: &str = "Microsoft.Network/natGateways";
/// The type of public IP addresses.
pub(crate) const PUBLIC_ADDRESSES: &str = "Microsoft.Network/publicIPAddresses";
/// The type of public IP prefixes.
pub(crate) const PUBLIC_PREFIXES: &str = "Microsoft.Network/publicIPPrefixes";
/// The type of private endpoints. Their connections belong to the registry.
pub(crate) const ENDPOINT_RESOURCES: &str = "Microsoft.Network/privateEndpoints";
/// The type of the groups that write the DNS records of a private endpoint.
pub(crate) const ZONE_GROUPS: &str = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
/// The type of network interfaces.
pub(crate) const INTERFACES: &str = "Microsoft.Network/networkInterfaces";
/// The type of network security groups.
pub(crate) const SECURITY_GROUPS: &str = "Microsoft.Network/networkSecurityGroups";
/// The type of route tables.
pub(crate) const ROUTE_TABLES: &str = "Microsoft.Network/routeTables";
/// The type of service endpoint policies.
pub(crate) const ENDPOINT_POLICIES: &str = "Microsoft.Network/serviceEndpointPolicies";
/// The type of private DNS zones.
pub(crate) const PRIVATE_ZONES: &str = "Microsoft.Network/privateDnsZones";
/// The type of a zone's links to virtual networks.
pub(crate) const ZONE_LINKS: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
/// The type of a zone's address records.
pub(crate) const ADDRESS_RECORDS: &str = "Microsoft.Network/privateDnsZones/A";
/// The namespace of the network provider.
pub(crate) const NETWORK_NAMESPACE: &str = "Microsoft.Network";
/// Namespaces of the providers that the sandbox has.
pub(crate) const PROVIDERS: [&str; 2] = [NAMESPACE, NETWORK_NAMESPACE];
/// The type of replications.
pub(crate) const REPLICATIONS: &str = "Microsoft.ContainerRegistry/registries/replications";
/// The type of private endpoint connections.
pub(crate) const PRIVATE_ENDPOINTS: &str =
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections";
/// The type of private link resources.
pub(crate) const PRIVATE_LINKS: &str = "Microsoft.ContainerRegistry/registries/privateLinkResources";
/// The type of resource groups.
pub(crate) const GROUPS: &str = "Microsoft.Resources/resourceGroups";
/// The key of a subnet rule's id in the newest api-versions, which the state uses.
pub(crate) const NEW_KEY: &str = "virtualNetworkSubnetResourceId";
/// The key of a subnet rule's id in older api-versions.
pub(crate) const OLD_KEY: &str = "id";

/// Versions that the recordings, azure-cli and the newest SDK use; the rest of Azure's list is general
/// knowledge. Newest last. The body is the same at each: no source has a projection of subnets.
pub(crate) const NETWORK_VERSIONS: &[&str] = &[
    "2019-09-01",
    "2019-11-01",
    "2019-12-01",
    "2020-03-01",
    "2020-04-01",
    "2020-05-01",
    "2020-06-01",
    "2020-07-01",
    "2020-08-01",
    "2020-11-01",
    "2021-02-01",
    "2021-03-01",
    "2021-05-01",
    "2021-08-01",
    "2021-12-01",
    "2022-01-01",
    "2022-05-01",
    "2022-07-01",
    "2022-09-01",
    "2022-11-01",
    "2023-02-01",
    "2023-04-01",
    "2023-05-01",
    "2023-06-01",
    "2023-09-01",
    "2023-11-01",
    "2024-01-01",
    "2024-03-01",
    "2024-05-01",
    "2024-07-01",
    "2024-10-01",
    "2025-01-01",
    "2025-03-01",
    "2025-05-01",
    "2025-07-01",
    "2025-09-01",
    "2026-01-01",
    "2026-03-01",
];

/// Versions of Microsoft.Resources that the recordings and azure-cli use, and what lies between.
pub(crate) const RESOURCES_VERSIONS: &[&str] = &[
    "2016-02-01",
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2019-05-01",
    "2019-07-01",
    "2019-08-01",
    "2019-10-01",
    "2020-06-01",
    "2020-08-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

/// The type of locks.
pub(crate) const LOCKS: &str = "Microsoft.Authorization/locks";

/// Versions of Microsoft.Features (specification).
pub(crate) const FEATURE_VERSIONS: &[&str] = &["2014-08-01-preview", "2015-12-01", "2021-07-01"];

/// Versions of Microsoft.Authorization/locks (specification).
pub(crate) const LOCK_VERSIONS: &[&str] = &["2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"];

/// Versions of permissions (specification of Microsoft.Authorization).
pub(crate) const PERMISSION_VERSIONS: &[&str] =
    &["2015-07-01", "2018-01-01-preview", "2018-07-01", "2022-04-01"];

/// Versions of diagnostic settings that answer with a list (specification of Microsoft.Insights).
pub(crate) const DIAGNOSTIC_VERSIONS: &[&str] = &["2017-05-01-preview", "2021-05-01-preview"];

/// The type of diagnostic settings.
pub(crate) const DIAGNOSTIC_SETTINGS: &str = "Microsoft.Insights/diagnosticSettings";

/// The type of role assignments.
pub(crate) const ROLE_ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";

/// Versions of role assignments whose answers have conditions (docs: role-assignments-list-rest).
pub(crate) const ROLE_ASSIGNMENT_VERSIONS: &[&str] = &["2022-04-01"];

/// The type of a log table of a workspace.
pub(crate) const LOG_TABLES: &str = "Microsoft.OperationalInsights/workspaces/tables";

/// The type of the workspaces that keep logs.
pub(crate) const WORKSPACES: &str = "Microsoft.OperationalInsights/workspaces";

/// Version of log queries through ARM (azure-rest-api-specs: operationalinsights/data-plane, preview/2017-10-01).
pub(crate) const LOG_QUERY_VERSIONS: &[&str] = &["2017-10-01"];

/// First version of Microsoft.Resources that has tags at a scope (specification).
pub(crate) const TAGS_FROM: &str = "2019-10-01";

/// Versions of agent pools (recorded: azure-cli test_acr_agentpool, 2021-05; sdk: azure-mgmt-containerregistrytasks).
pub(crate) const AGENT_POOL_VERSIONS: &[&str] = &["2019-06-01-preview", "2025-03-01-preview"];

/// Versions of tasks (the same SDK, and the specification).
pub(crate) const TASK_VERSIONS: &[&str] = &[
    "2018-09-01",
    "2019-04-01",
    "2019-06-01-preview",
    "2025-03-01-preview",
];

/// Versions of artifact cache rules (azure-rest-api-specs: containerregistry/resource-manager).
pub(crate) const CACHE_RULE_VERSIONS: &[&str] = &[
    "2023-01-01-preview",
    "2023-06-01-preview",
    "2023-07-01",
    "2023-08-01-preview",
    "2023-11-01-preview",
    "2024-11-01-preview",
    "2025-03-01-preview",
    "2025-04-01",
    "2025-05-01-preview",
    "2025-06-01-preview",
    "2025-11-01",
    "2025-12-01-preview",
    "2026-01-01-preview",
    "2026-03-01-preview",
    "2026-09-01-preview",
];

/// Versions of Microsoft.Resources subscriptions that SDKs use (azure-mgmt-resource, @azure/arm-subscriptions).
pub(crate) const SUBSCRIPTIONS_VERSIONS: &[&str] = &[
    "2014-04-01",
    "2015-11-01",
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
];
