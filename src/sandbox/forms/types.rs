//! Types, namespaces and api-versions that more than one provider of the sandbox names.

/// The namespace of the registry provider.
pub(crate) const NAMESPACE: &str = "Microsoft.ContainerRegistry";
/// The type of registries.
pub(crate) const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";
/// The type of virtual networks.
pub(crate) const NETWORKS: &str = "Microsoft.Network/virtualNetworks";
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
