//! Causes around the registry without a row in the articles, by codes of our own. Those of private DNS are the messages
//! of `az acr check-health --vnet`, which have no code there.

use super::links::PRIVATE_LINK;
use crate::doctor::cause::{Cause, FoundBy};

pub(in crate::doctor) const SURROUNDINGS: &[&Cause] = &[
    NO_OUTBOUND,
    ENDPOINT_POLICY,
    NO_PRIVATE_ENDPOINT,
    NO_PRIVATE_ENDPOINT_IN_VNET,
    SEVERAL_PRIVATE_ENDPOINTS,
    WRONG_PRIVATE_DNS,
];

pub(in crate::doctor) const NO_OUTBOUND: &Cause = &Cause {
    id: "NO_OUTBOUND",
    also: &[],
    found_by: FoundBy::Probes("--from-subnet ID"),
    title: "the clients of the subnet may have no way out",
    why: "the subnet is private (defaultOutboundAccess is false) and has no NAT gateway, no route to a firewall, and no service endpoint for registries",
    remedies: &[
        "give the subnet a NAT gateway, or its clients public addresses or a load balancer with outbound rules",
    ],
    link: "https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access",
};

pub(in crate::doctor) const ENDPOINT_POLICY: &Cause = &Cause {
    id: "ENDPOINT_POLICY",
    also: &[],
    found_by: FoundBy::Probes("--from-subnet ID"),
    title: "a service endpoint policy may stop the layers of images",
    why: "the policy lets traffic to some storage accounts through, and layers come from accounts that belong to Azure",
    remedies: &[
        "turn dedicated data endpoints on: `dataEndpoint: true` for the registry in the spec",
        "or take the policy off the subnet",
    ],
    link: "https://learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoint-policies-overview",
};

pub(in crate::doctor) const NO_PRIVATE_ENDPOINT: &Cause = &Cause {
    id: "NO_PRIVATE_ENDPOINT",
    also: &[],
    found_by: FoundBy::Probes("--vnet ID"),
    title: "the registry has no private endpoint",
    why: "no private endpoint connection is there, so no private name can resolve",
    remedies: &["make one in the network, with the group id registry"],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const NO_PRIVATE_ENDPOINT_IN_VNET: &Cause = &Cause {
    id: "NO_PRIVATE_ENDPOINT_IN_VNET",
    also: &[],
    found_by: FoundBy::Probes("--vnet ID"),
    title: "the registry has no private endpoint in this virtual network",
    why: "its private endpoints are in other networks, which this one reaches only if it is peered with them",
    remedies: &["correct the id of the network, or make a private endpoint there"],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const SEVERAL_PRIVATE_ENDPOINTS: &Cause = &Cause {
    id: "SEVERAL_PRIVATE_ENDPOINTS",
    also: &[],
    found_by: FoundBy::Probes("--vnet ID"),
    title: "the registry has more than one private endpoint in this virtual network",
    why: "both claim the same names, and a zone has one address for each, so the answer of DNS is unreliable",
    remedies: &["keep one, and delete the others"],
    link: PRIVATE_LINK,
};

pub(in crate::doctor) const WRONG_PRIVATE_DNS: &Cause = &Cause {
    id: "WRONG_PRIVATE_DNS",
    also: &[],
    found_by: FoundBy::Probes("--vnet ID or --from-subnet ID"),
    title: "names of the registry do not lead to its private endpoint",
    why: "a record is missing or has another address, the zone is not linked to the network, or the network has DNS servers that do not ask it",
    remedies: &["with DNS servers of your own, forward the zone to 168.63.129.16"],
    link: PRIVATE_LINK,
};
