//! Routes of Microsoft.Network.

use crate::sandbox::forms::types::{NAT_GATEWAYS, NETWORKS, PUBLIC_ADDRESSES, PUBLIC_PREFIXES};
use crate::sandbox::network::{self, egress, free_address, subnet, virtual_network};
use crate::sandbox::operations::polls::poll;
use crate::sandbox::route::{Name, Route, delete, get, patch, put};
use crate::sandbox::services::Service;

/// Query parameters of lists that come in pages.
const PAGES: &[&str] = &["$top", "$skipToken"];

/// Routes of this part.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks, name: Name::Words("the list of networks"), endpoints: &[get("Microsoft.Network/virtualNetworks/read", network::read::list_subscription).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/virtualNetworkAvailableEndpointServices",
        service: Service::Networks, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/virtualNetworkAvailableEndpointServices/read", network::read::endpoint_services)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operations/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/operations/read", poll)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operationResults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/operationResults/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[get("Microsoft.Network/virtualNetworks/read", network::read::list_group).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[
            get("Microsoft.Network/virtualNetworks/read", network::read::get),
            put("Microsoft.Network/virtualNetworks/write", virtual_network::put),
            patch("Microsoft.Network/virtualNetworks/write", virtual_network::patch),
            delete("Microsoft.Network/virtualNetworks/delete", virtual_network::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/CheckIPAddressAvailability",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[get("Microsoft.Network/virtualNetworks/checkIpAddressAvailability/read", free_address::check).reads(&["ipAddress"])] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[get("Microsoft.Network/virtualNetworks/subnets/read", network::read::subnets)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[
            get("Microsoft.Network/virtualNetworks/subnets/read", network::read::subnet),
            put("Microsoft.Network/virtualNetworks/subnets/write", subnet::put),
            delete("Microsoft.Network/virtualNetworks/subnets/delete", subnet::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/natGateways/{name}",
        service: Service::Networks, name: Name::Type(NAT_GATEWAYS), endpoints: &[get("Microsoft.Network/natGateways/read", egress::gateway)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/publicIPAddresses/{name}",
        service: Service::Networks, name: Name::Type(PUBLIC_ADDRESSES), endpoints: &[get("Microsoft.Network/publicIPAddresses/read", egress::address)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/publicIPPrefixes/{name}",
        service: Service::Networks, name: Name::Type(PUBLIC_PREFIXES), endpoints: &[get("Microsoft.Network/publicIPPrefixes/read", egress::prefix)] },
];
