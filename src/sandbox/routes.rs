//! ARM's routes: one table of all paths, the methods that are served there, and the permission that each needs.
//!
//! Three things come from this table: the handler of a request, the permissions that a test can deny, and the list of
//! endpoints in `docs/sandbox.md`. To add an endpoint:
//!
//! 1. Write its handler in the folder of its resource.
//! 2. Add a row here. An older path with the same segments must not match first.
//! 3. Write the list again: `RINGFENCE_BLESS=1 cargo test --lib sandbox::routes`.
//! 4. Add a test to `tests/sandbox/facts`, and its evidence to `docs/sandbox.md`.

use super::entra::tenants;
use super::forms::types::{
    GROUPS, NAT_GATEWAYS, NETWORKS, PRIVATE_ENDPOINTS, PUBLIC_ADDRESSES, PUBLIC_PREFIXES, REGISTRIES,
    REPLICATIONS,
};
use super::network::{self, egress, free_address, subnet, virtual_network};
use super::operations::polls::poll;
use super::registry;
use super::registry::sub_resources::{credentials, private_endpoints, replications};
use super::resources::{groups, list, locks, providers, regions, resource_graph};
use super::route::{Name, Route, delete, get, head, patch, post, put};
use super::services::Service;

/// All routes. The first whose pattern matches a path serves it.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    // Tenants and subscriptions.
    Route { path: "/tenants",
        service: Service::Subscriptions, name: Name::Path, endpoints: &[get("", tenants::list_tenants)] },
    Route { path: "/subscriptions",
        service: Service::Subscriptions, name: Name::Path, endpoints: &[get("", tenants::list_subscriptions)] },
    Route { path: "/subscriptions/{subscription}",
        service: Service::Subscriptions, name: Name::Path, endpoints: &[get("", tenants::get_subscription)] },
    Route { path: "/subscriptions/{subscription}/locations",
        service: Service::Subscriptions, name: Name::Path, endpoints: &[get("Microsoft.Resources/subscriptions/locations/read", regions::list)] },
    Route { path: "/providers/Microsoft.ResourceGraph/resources",
        service: Service::ResourceGraph, name: Name::Words("Resource Graph"), endpoints: &[post("", resource_graph::query)] },
    // Locks stand at any scope, so their route comes before those of resources.
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/locks",
        service: Service::Locks, name: Name::Words("locks"), endpoints: &[get("Microsoft.Authorization/locks/read", locks::list)] },
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/locks/{lock}",
        service: Service::Locks, name: Name::Words("locks"), endpoints: &[
            get("Microsoft.Authorization/locks/read", locks::get),
            put("Microsoft.Authorization/locks/write", locks::put),
            delete("Microsoft.Authorization/locks/delete", locks::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features",
        service: Service::Features, name: Name::Words("features"), endpoints: &[get("Microsoft.Features/providers/features/read", providers::list_features)] },
    // Microsoft.Resources.
    Route { path: "/subscriptions/{subscription}/providers",
        service: Service::Resources, name: Name::Words("the providers"), endpoints: &[get("Microsoft.Resources/subscriptions/providers/read", providers::list)] },
    Route { path: "/subscriptions/{subscription}/providers/{namespace}",
        service: Service::Providers, name: Name::Words("the provider's `{last}`"), endpoints: &[get("Microsoft.Resources/subscriptions/providers/read", providers::get)] },
    Route { path: "/subscriptions/{subscription}/providers/{namespace}/register",
        service: Service::Providers, name: Name::Words("the provider's `{last}`"), endpoints: &[post("{namespace}/register/action", providers::register)] },
    Route { path: "/subscriptions/{subscription}/providers/{namespace}/unregister",
        service: Service::Providers, name: Name::Words("the provider's `{last}`"), endpoints: &[post("{namespace}/unregister/action", providers::unregister)] },
    Route { path: "/subscriptions/{subscription}/resources",
        service: Service::Resources, name: Name::Words("the resource list"), endpoints: &[get("Microsoft.Resources/subscriptions/resources/read", list::list_subscription)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups",
        service: Service::Resources, name: Name::Type(GROUPS), endpoints: &[get("Microsoft.Resources/subscriptions/resourceGroups/read", groups::list)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}",
        service: Service::Resources, name: Name::Type(GROUPS), endpoints: &[
            get("Microsoft.Resources/subscriptions/resourceGroups/read", groups::get),
            head("Microsoft.Resources/subscriptions/resourceGroups/read", groups::exists),
            put("Microsoft.Resources/subscriptions/resourceGroups/write", groups::put),
            delete("Microsoft.Resources/subscriptions/resourceGroups/delete", groups::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/resources",
        service: Service::Resources, name: Name::Words("the resource list"), endpoints: &[get("Microsoft.Resources/subscriptions/resources/read", list::list_group)] },
    Route { path: "/subscriptions/{subscription}/operationresults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Resources/subscriptions/operationresults/read", poll)] },
    // Microsoft.ContainerRegistry.
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries, name: Name::Words("the registry list"), endpoints: &[get("Microsoft.ContainerRegistry/registries/read", registry::read::list_subscription)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
        service: Service::Registries, name: Name::Words("a name check"), endpoints: &[post("Microsoft.ContainerRegistry/checkNameAvailability/read", registry::read::check_name)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.ContainerRegistry/locations/operationResults/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/read", registry::read::list_group)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[
            get("Microsoft.ContainerRegistry/registries/read", registry::read::get),
            put("Microsoft.ContainerRegistry/registries/write", registry::put::put),
            patch("Microsoft.ContainerRegistry/registries/write", registry::write::patch),
            delete("Microsoft.ContainerRegistry/registries/delete", registry::write::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/listUsages",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/listUsages/read", registry::read::usages)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/listCredentials",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[post("Microsoft.ContainerRegistry/registries/listCredentials/action", credentials::list)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/regenerateCredential",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[post("Microsoft.ContainerRegistry/registries/regenerateCredential/action", credentials::regenerate)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/operationStatuses/{operation}",
        service: Service::Operations, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/operationStatuses/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications",
        service: Service::Replications, name: Name::Type(REPLICATIONS), endpoints: &[get("Microsoft.ContainerRegistry/registries/replications/read", replications::list)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{replication}",
        service: Service::Replications, name: Name::Type(REPLICATIONS), endpoints: &[
            get("Microsoft.ContainerRegistry/registries/replications/read", replications::get),
            put("Microsoft.ContainerRegistry/registries/replications/write", replications::put),
            patch("Microsoft.ContainerRegistry/registries/replications/write", replications::patch),
            delete("Microsoft.ContainerRegistry/registries/replications/delete", replications::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{replication}/operationStatuses/{operation}",
        service: Service::Operations, name: Name::Type(REPLICATIONS), endpoints: &[get("Microsoft.ContainerRegistry/registries/replications/operationStatuses/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections",
        service: Service::PrivateEndpoints, name: Name::Type(PRIVATE_ENDPOINTS), endpoints: &[get("Microsoft.ContainerRegistry/registries/privateEndpointConnections/read", private_endpoints::list_registry)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{connection}",
        service: Service::PrivateEndpoints, name: Name::Type(PRIVATE_ENDPOINTS), endpoints: &[
            get("Microsoft.ContainerRegistry/registries/privateEndpointConnections/read", private_endpoints::get),
            put("Microsoft.ContainerRegistry/registries/privateEndpointConnections/write", private_endpoints::put),
            delete("Microsoft.ContainerRegistry/registries/privateEndpointConnections/delete", private_endpoints::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{connection}/operationStatuses/{operation}",
        service: Service::Operations, name: Name::Type(PRIVATE_ENDPOINTS), endpoints: &[get("Microsoft.ContainerRegistry/registries/privateEndpointConnections/operationStatuses/read", poll)] },
    // Microsoft.Network.
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks, name: Name::Words("the list of networks"), endpoints: &[get("Microsoft.Network/virtualNetworks/read", network::read::list_subscription)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/virtualNetworkAvailableEndpointServices",
        service: Service::Networks, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/virtualNetworkAvailableEndpointServices/read", network::read::endpoint_services)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operations/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/operations/read", poll)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operationResults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Network/locations/operationResults/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[get("Microsoft.Network/virtualNetworks/read", network::read::list_group)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[
            get("Microsoft.Network/virtualNetworks/read", network::read::get),
            put("Microsoft.Network/virtualNetworks/write", virtual_network::put),
            patch("Microsoft.Network/virtualNetworks/write", virtual_network::patch),
            delete("Microsoft.Network/virtualNetworks/delete", virtual_network::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/CheckIPAddressAvailability",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[get("Microsoft.Network/virtualNetworks/checkIpAddressAvailability/read", free_address::check)] },
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

/// Route of an operation that is asked for at another place than its link says. The handler refuses it.
pub(crate) static POLL_ELSEWHERE: Route = Route {
    path: "/subscriptions/{subscription}/{scope*}",
    service: Service::Operations,
    name: Name::PathInSubscription,
    endpoints: &[get("", poll)],
};

/// Routes of all other paths of a provider, which are refused in its name.
#[rustfmt::skip]
pub(crate) static UNSERVED: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{rest*}",
        service: Service::Replications, name: Name::Type(REPLICATIONS), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{rest*}",
        service: Service::PrivateEndpoints, name: Name::Type(PRIVATE_ENDPOINTS), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{rest*}",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{rest*}",
        service: Service::Networks, name: Name::Type(NETWORKS), endpoints: &[] },
];

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use super::*;

    const BEGIN: &str = "<!-- The list of endpoints is generated from src/sandbox/routes.rs. -->\n";
    const END: &str = "<!-- End of the list of endpoints. -->\n";

    fn markdown() -> String {
        let mut list = "| request | permission |\n|---|---|\n".to_owned();
        for route in ROUTES {
            for endpoint in route.endpoints {
                let permission = match endpoint.permission {
                    "" => "none".to_owned(),
                    permission => format!("`{permission}`"),
                };
                writeln!(list, "| {} `{}` | {permission} |", endpoint.method, route.path).unwrap();
            }
        }
        list
    }

    /// `RINGFENCE_BLESS=1 cargo test --lib sandbox::routes` writes the list.
    #[test]
    fn documented_endpoints_are_those_of_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox.md");
        let docs = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = docs.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let wanted = format!("{before}{BEGIN}{}{END}{after}", markdown());
        if std::env::var_os("RINGFENCE_BLESS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
            return;
        }
        assert!(
            docs == wanted,
            "docs/sandbox.md is stale: run with RINGFENCE_BLESS=1"
        );
    }

    #[test]
    fn no_route_hides_a_later_one() {
        for (position, route) in ROUTES.iter().enumerate() {
            let path: Vec<&str> = route.path.split('/').filter(|part| !part.is_empty()).collect();
            let first = ROUTES
                .iter()
                .position(|known| known.find(&route.endpoints[0].method, &path).is_some());
            assert_eq!(first, Some(position), "{}", route.path);
        }
    }
}
