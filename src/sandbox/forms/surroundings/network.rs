//! Private endpoints with their interfaces and DNS zones, security groups, route tables and endpoint policies
//! (azure-rest-api-specs: network/resource-manager, 2026-03-01, and privatedns/resource-manager, 2024-06-01).

use super::kind::{GLOBAL, REGION, SurroundingType};
use crate::sandbox::forms::json_type::{JsonType, Keys, optional, required};
use crate::sandbox::forms::types::{
    ADDRESS_RECORDS, ENDPOINT_POLICIES, ENDPOINT_RESOURCES, INTERFACES, NETWORK_VERSIONS, PRIVATE_ZONES,
    ROUTE_TABLES, SECURITY_GROUPS, ZONE_GROUPS, ZONE_LINKS,
};

/// Versions of private DNS (azure-rest-api-specs: privatedns/resource-manager/Microsoft.Network).
const PRIVATE_DNS_VERSIONS: &[&str] = &["2018-09-01", "2020-01-01", "2020-06-01", "2024-06-01"];

/// The types of this file.
pub(super) const TYPES: &[SurroundingType] = &[
    networked(ENDPOINT_RESOURCES, PRIVATE_ENDPOINT, CONNECTIONS),
    SurroundingType {
        location: None,
        ..networked(ZONE_GROUPS, ZONE_GROUP, &["privateDnsZoneConfigs"])
    },
    networked(INTERFACES, INTERFACE, &["ipConfigurations"]),
    networked(
        SECURITY_GROUPS,
        SECURITY_GROUP,
        &["securityRules", "defaultSecurityRules"],
    ),
    networked(ROUTE_TABLES, ROUTE_TABLE, &["routes"]),
    networked(
        ENDPOINT_POLICIES,
        ENDPOINT_POLICY,
        &["serviceEndpointPolicyDefinitions"],
    ),
    private_dns(PRIVATE_ZONES, &[], Some(GLOBAL)),
    private_dns(ZONE_LINKS, ZONE_LINK, Some(GLOBAL)),
    private_dns(ADDRESS_RECORDS, ADDRESS_RECORD, None),
];

const fn networked(
    name: &'static str,
    properties: Keys,
    parts: &'static [&'static str],
) -> SurroundingType {
    SurroundingType {
        name,
        versions: NETWORK_VERSIONS,
        properties,
        parts,
        location: REGION,
    }
}

const fn private_dns(
    name: &'static str,
    properties: Keys,
    location: Option<&'static str>,
) -> SurroundingType {
    SurroundingType {
        name,
        versions: PRIVATE_DNS_VERSIONS,
        properties,
        parts: &[],
        location,
    }
}

/// A reference to a resource, or the resource itself.
const REFERENCE: JsonType = JsonType::Open(&[required("id", JsonType::Id(""))]);

const TEXTS: JsonType = JsonType::List(&JsonType::Text);

const CONNECTIONS: &[&str] = &[
    "privateLinkServiceConnections",
    "manualPrivateLinkServiceConnections",
];

const CONNECTION: JsonType = JsonType::Open(&[optional(
    "properties",
    JsonType::Open(&[
        optional("privateLinkServiceId", JsonType::Id("")),
        optional("groupIds", TEXTS),
    ]),
)]);

const PRIVATE_ENDPOINT: Keys = &[
    required("subnet", REFERENCE),
    optional("networkInterfaces", JsonType::List(&REFERENCE)),
    optional("privateLinkServiceConnections", JsonType::List(&CONNECTION)),
    optional("manualPrivateLinkServiceConnections", JsonType::List(&CONNECTION)),
];

const ZONE_CONFIG: JsonType = JsonType::Open(&[required(
    "properties",
    JsonType::Open(&[required("privateDnsZoneId", JsonType::Id(PRIVATE_ZONES))]),
)]);

const ZONE_GROUP: Keys = &[optional("privateDnsZoneConfigs", JsonType::List(&ZONE_CONFIG))];

const IP_CONFIGURATION: JsonType = JsonType::Open(&[optional(
    "properties",
    JsonType::Open(&[
        optional("privateIPAddress", JsonType::Address),
        optional(
            "privateLinkConnectionProperties",
            JsonType::Open(&[
                optional("requiredMemberName", JsonType::Text),
                optional("fqdns", TEXTS),
            ]),
        ),
    ]),
)]);

const INTERFACE: Keys = &[optional("ipConfigurations", JsonType::List(&IP_CONFIGURATION))];

/// A rule has a priority from 100 to 4096; those of the default rules end at 65500.
const SECURITY_RULE: JsonType = JsonType::Open(&[
    required("name", JsonType::Text),
    required(
        "properties",
        JsonType::Open(&[
            required("access", JsonType::OneOf(&["Allow", "Deny"])),
            required("direction", JsonType::OneOf(&["Inbound", "Outbound"])),
            required("priority", JsonType::Whole(100, 65500)),
            required(
                "protocol",
                JsonType::OneOf(&["*", "Tcp", "Udp", "Icmp", "Esp", "Ah"]),
            ),
            optional("sourcePortRange", JsonType::Text),
            optional("sourcePortRanges", TEXTS),
            optional("destinationPortRange", JsonType::Text),
            optional("destinationPortRanges", TEXTS),
            optional("sourceAddressPrefix", JsonType::Text),
            optional("sourceAddressPrefixes", TEXTS),
            optional("destinationAddressPrefix", JsonType::Text),
            optional("destinationAddressPrefixes", TEXTS),
        ]),
    ),
]);

const SECURITY_GROUP: Keys = &[
    optional("securityRules", JsonType::List(&SECURITY_RULE)),
    optional("defaultSecurityRules", JsonType::List(&SECURITY_RULE)),
];

const ROUTE: JsonType = JsonType::Open(&[
    required("name", JsonType::Text),
    required(
        "properties",
        JsonType::Open(&[
            required("addressPrefix", JsonType::Text),
            required(
                "nextHopType",
                JsonType::OneOf(&[
                    "VirtualNetworkGateway",
                    "VnetLocal",
                    "Internet",
                    "VirtualAppliance",
                    "None",
                ]),
            ),
            optional("nextHopIpAddress", JsonType::Address),
        ]),
    ),
]);

const ROUTE_TABLE: Keys = &[optional("routes", JsonType::List(&ROUTE))];

const POLICY_DEFINITION: JsonType = JsonType::Open(&[required(
    "properties",
    JsonType::Open(&[
        required("service", JsonType::Text),
        optional("serviceResources", TEXTS),
    ]),
)]);

const ENDPOINT_POLICY: Keys = &[optional(
    "serviceEndpointPolicyDefinitions",
    JsonType::List(&POLICY_DEFINITION),
)];

const ZONE_LINK: Keys = &[
    required("virtualNetwork", REFERENCE),
    optional("registrationEnabled", JsonType::Bool),
    optional(
        "virtualNetworkLinkState",
        JsonType::OneOf(&["InProgress", "Completed"]),
    ),
    optional(
        "resolutionPolicy",
        JsonType::OneOf(&["Default", "NxDomainRedirect"]),
    ),
];

const ADDRESS_RECORD: Keys = &[optional(
    "aRecords",
    JsonType::List(&JsonType::Open(&[required("ipv4Address", JsonType::Address)])),
)];
