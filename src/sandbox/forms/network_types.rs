//! Known properties of networks and subnets with their types (Azure SDK models at 2026-03-01).
//!
//! An unknown property of a network, a subnet or an endpoint is kept with any value.

use super::json_type::{ANY, JsonType, Keys, optional, required};
use super::types::NAT_GATEWAYS;

/// A reference to a resource of any type.
const REFERENCE: JsonType = JsonType::Object(&[required("id", JsonType::Id(""))]);

/// A security group, route table or endpoint policy, of which the sandbox reads the id alone.
const WHOLE_OR_REFERENCE: JsonType = JsonType::Open(&[required("id", JsonType::Id(""))]);

/// A pool of IP addresses that gives prefixes.
const POOL: JsonType = JsonType::Object(&[
    optional("pool", REFERENCE),
    optional("id", JsonType::Id("")),
    optional("numberOfIpAddresses", JsonType::Text),
    optional("allocatedAddressPrefixes", JsonType::List(&JsonType::Text)),
]);

/// A BGP community, such as `12076:20000` (docs: virtual-network-configure-bgp-communities).
const COMMUNITY: JsonType = JsonType::Like(is_community, "a BGP community such as `12076:20000`");

/// A service that a subnet is delegated to (docs: subnet-delegation-overview).
const SERVICE: JsonType = JsonType::Like(is_service, "a service such as `Microsoft.Web/serverFarms`");

fn is_community(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(system, number)| system.parse::<u16>().is_ok() && number.parse::<u16>().is_ok())
}

fn is_service(text: &str) -> bool {
    let parts = text.split_once('/');
    parts.is_some_and(|(namespace, name)| namespace.contains('.') && !name.is_empty())
}

/// A delegation of a subnet to a service.
const DELEGATION: JsonType = JsonType::Object(&[
    required("name", JsonType::Text),
    optional("id", JsonType::Id("")),
    optional("type", JsonType::Text),
    optional("etag", JsonType::Text),
    required(
        "properties",
        JsonType::Object(&[
            required("serviceName", SERVICE),
            optional("actions", JsonType::List(&JsonType::Text)),
            optional("provisioningState", JsonType::Text),
        ]),
    ),
]);

/// Properties of a subnet.
pub(crate) const SUBNET: Keys = &[
    optional("addressPrefix", JsonType::Text),
    optional("addressPrefixes", JsonType::List(&JsonType::Text)),
    // The models allow a whole resource in place of a reference to these two.
    optional("networkSecurityGroup", WHOLE_OR_REFERENCE),
    optional("routeTable", WHOLE_OR_REFERENCE),
    optional(
        "natGateway",
        JsonType::Object(&[required("id", JsonType::Id(NAT_GATEWAYS))]),
    ),
    optional("serviceGateway", REFERENCE),
    optional("serviceEndpoints", JsonType::List(&ANY)),
    optional("serviceEndpointPolicies", JsonType::List(&WHOLE_OR_REFERENCE)),
    optional("ipAllocations", JsonType::List(&REFERENCE)),
    optional("ipamPoolPrefixAllocations", JsonType::List(&POOL)),
    optional("applicationGatewayIPConfigurations", JsonType::List(&ANY)),
    optional("delegations", JsonType::List(&DELEGATION)),
    optional("defaultOutboundAccess", JsonType::Bool),
    optional("sharingScope", JsonType::OneOf(&["Tenant", "DelegatedServices"])),
    optional(
        "privateEndpointNetworkPolicies",
        JsonType::OneOf(&[
            "Enabled",
            "Disabled",
            "NetworkSecurityGroupEnabled",
            "RouteTableEnabled",
        ]),
    ),
    optional(
        "privateLinkServiceNetworkPolicies",
        JsonType::OneOf(&["Enabled", "Disabled"]),
    ),
];

/// Properties of a service endpoint.
pub(crate) const ENDPOINT: Keys = &[
    optional("service", JsonType::Text),
    optional("locations", JsonType::List(&JsonType::Text)),
    optional("networkIdentifier", REFERENCE),
];

/// Properties of a virtual network.
pub(crate) const NETWORK: Keys = &[
    optional(
        "addressSpace",
        JsonType::Object(&[
            optional("addressPrefixes", JsonType::List(&JsonType::Text)),
            optional("ipamPoolPrefixAllocations", JsonType::List(&POOL)),
        ]),
    ),
    optional(
        "dhcpOptions",
        JsonType::Object(&[optional("dnsServers", JsonType::List(&JsonType::Address))]),
    ),
    // From 4 to 30 minutes (docs: azurerm_virtual_network of hashicorp/terraform-provider-azurerm).
    optional("flowTimeoutInMinutes", JsonType::Whole(4, 30)),
    optional(
        "bgpCommunities",
        JsonType::Object(&[
            required("virtualNetworkCommunity", COMMUNITY),
            optional("regionalCommunity", COMMUNITY),
        ]),
    ),
    optional("ddosProtectionPlan", REFERENCE),
    optional(
        "encryption",
        JsonType::Object(&[
            required("enabled", JsonType::Bool),
            optional(
                "enforcement",
                JsonType::OneOf(&["DropUnencrypted", "AllowUnencrypted"]),
            ),
        ]),
    ),
    optional("ipAllocations", JsonType::List(&REFERENCE)),
    optional("virtualNetworkPeerings", JsonType::List(&ANY)),
    optional("enableDdosProtection", JsonType::Bool),
    optional("enableVmProtection", JsonType::Bool),
    optional(
        "privateEndpointVNetPolicies",
        JsonType::OneOf(&["Disabled", "Basic"]),
    ),
];

/// Keys of a network itself. `systemData` and `etag` are read only.
pub(crate) const NETWORK_TOP: Keys = &[
    optional("id", JsonType::Text),
    optional("name", JsonType::Text),
    optional("type", JsonType::Text),
    optional("etag", JsonType::Text),
    optional("location", JsonType::Text),
    optional("tags", ANY),
    optional("systemData", ANY),
    optional("properties", ANY),
];

/// Keys of a subnet itself.
pub(crate) const SUBNET_TOP: Keys = &[
    optional("id", JsonType::Text),
    optional("name", JsonType::Text),
    optional("type", JsonType::Text),
    optional("etag", JsonType::Text),
    optional("properties", ANY),
];
