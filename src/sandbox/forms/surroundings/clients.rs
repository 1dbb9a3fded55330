//! Services of Azure that pull from registries (SDK models: azure-mgmt-containerservice 41.6, azure-mgmt-web 11.0,
//! azure-mgmt-containerinstance 10.2, azure-mgmt-appcontainers 2.0).

use super::kind::{REGION, SurroundingType};
use crate::sandbox::forms::json_type::{JsonType, Keys, optional, required};
use crate::sandbox::forms::shared_types::GUID;

/// The types of this file. Their versions are those of the SDKs.
pub(super) const TYPES: &[SurroundingType] = &[
    client(
        "Microsoft.ContainerService/managedClusters",
        &["2024-09-01", "2026-06-01"],
        CLUSTER,
    ),
    client("Microsoft.Web/sites", &["2024-04-01", "2025-05-01"], SITE),
    client(
        "Microsoft.ContainerInstance/containerGroups",
        &["2023-05-01", "2024-05-01-preview"],
        CONTAINER_GROUP,
    ),
    client(
        "Microsoft.App/containerApps",
        &["2022-10-01", "2025-01-01"],
        CONTAINER_APP,
    ),
    client(
        "Microsoft.App/managedEnvironments",
        &["2022-10-01", "2025-01-01"],
        ENVIRONMENT,
    ),
];

const fn client(
    name: &'static str,
    versions: &'static [&'static str],
    properties: Keys,
) -> SurroundingType {
    SurroundingType {
        name,
        versions,
        properties,
        parts: &[],
        location: REGION,
    }
}

const REFERENCES: JsonType = JsonType::List(&JsonType::Open(&[required("id", JsonType::Id(""))]));

/// Outbound addresses of a load balancer or NAT gateway that the cluster manages.
const OUTBOUND: JsonType = JsonType::Open(&[optional("effectiveOutboundIPs", REFERENCES)]);

const CLUSTER: Keys = &[
    optional(
        "agentPoolProfiles",
        JsonType::List(&JsonType::Open(&[
            required("name", JsonType::Text),
            optional("vnetSubnetID", JsonType::Id("")),
        ])),
    ),
    optional(
        "identityProfile",
        JsonType::Open(&[optional(
            "kubeletidentity",
            JsonType::Open(&[optional("objectId", GUID)]),
        )]),
    ),
    optional(
        "networkProfile",
        JsonType::Open(&[
            optional("outboundType", JsonType::Text),
            optional("loadBalancerProfile", OUTBOUND),
            optional("natGatewayProfile", OUTBOUND),
        ]),
    ),
];

const SITE: Keys = &[
    optional("outboundIpAddresses", JsonType::Text),
    optional("possibleOutboundIpAddresses", JsonType::Text),
    optional("virtualNetworkSubnetId", JsonType::Id("")),
    optional("vnetImagePullEnabled", JsonType::Bool),
    optional(
        "outboundVnetRouting",
        JsonType::Open(&[
            optional("allTraffic", JsonType::Bool),
            optional("imagePullTraffic", JsonType::Bool),
        ]),
    ),
];

const CREDENTIALS: JsonType = JsonType::List(&JsonType::Open(&[
    optional("server", JsonType::Text),
    optional("identity", JsonType::Text),
]));

const CONTAINER_GROUP: Keys = &[
    optional("subnetIds", REFERENCES),
    optional("imageRegistryCredentials", CREDENTIALS),
];

const CONTAINER_APP: Keys = &[
    optional("environmentId", JsonType::Id("")),
    optional("managedEnvironmentId", JsonType::Id("")),
    optional("outboundIpAddresses", JsonType::List(&JsonType::Text)),
    optional(
        "configuration",
        JsonType::Open(&[optional("registries", CREDENTIALS)]),
    ),
];

const ENVIRONMENT: Keys = &[optional(
    "vnetConfiguration",
    JsonType::Open(&[
        optional("infrastructureSubnetId", JsonType::Id("")),
        optional("internal", JsonType::Bool),
    ]),
)];
