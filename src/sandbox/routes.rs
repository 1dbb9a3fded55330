//! ARM's routes: one table of every path, the methods that are served there, and the permission that each needs.
//!
//! Dispatch, the permissions that a test can deny, and the list of endpoints in `docs/sandbox.md` come from it. To
//! add an endpoint, write its handler in the folder of its resource and add a row here.

use axum::http::Method;

use super::entra::tenants;
use super::forms::types::{GROUPS, NETWORKS, PRIVATE_ENDPOINTS, REGISTRIES, REPLICATIONS};
use super::network::{self, free_address, subnet, virtual_network};
use super::operations::polls::poll;
use super::protocol::call::Call;
use super::protocol::path::{PathValues, segments};
use super::protocol::request::Request;
use super::protocol::response::Answered;
use super::registry::{self, name_check, private_endpoints, replications};
use super::resources::{groups, list, locks, providers, resource_graph};
use super::services::Service;

/// One path, and what is served there.
pub(crate) struct Route {
    /// The pattern of the path; see [`PathValues`].
    pub(crate) path: &'static str,
    pub(crate) service: Service,
    /// The resource type or the words that a refusal of another method names; empty: the path.
    name: &'static str,
    pub(crate) endpoints: &'static [Endpoint],
}

/// One method of a route.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The permission by its name in Azure's operations lists; empty if none is needed. `{namespace}` stands for
    /// the provider in the path.
    pub(crate) permission: &'static str,
    pub(crate) handler: Handler,
}

/// Answers a request whose route has been checked.
pub(crate) type Handler = fn(&mut Call<'_>, &PathValues<'_>) -> Answered;

/// A route that a path matched.
pub(crate) struct Found<'a> {
    pub(crate) route: &'static Route,
    /// `None` if the route does not serve the method.
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) at: PathValues<'a>,
}

const fn get(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::GET,
        permission,
        handler,
    }
}

const fn head(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::HEAD,
        permission,
        handler,
    }
}

const fn put(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::PUT,
        permission,
        handler,
    }
}

const fn patch(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::PATCH,
        permission,
        handler,
    }
}

const fn post(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::POST,
        permission,
        handler,
    }
}

const fn delete(permission: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: Method::DELETE,
        permission,
        handler,
    }
}

/// All routes. The first whose pattern matches a path serves it.
pub(crate) static ROUTES: &[Route] = &[
    Route {
        path: "/tenants",
        service: Service::Subscriptions,
        name: "{path}",
        endpoints: &[get("", tenants::list_tenants)],
    },
    Route {
        path: "/subscriptions",
        service: Service::Subscriptions,
        name: "{path}",
        endpoints: &[get("", tenants::list_subscriptions)],
    },
    Route {
        path: "/subscriptions/{subscription}",
        service: Service::Subscriptions,
        name: "{path}",
        endpoints: &[get("", tenants::get_subscription)],
    },
    Route {
        path: "/providers/Microsoft.ResourceGraph/resources",
        service: Service::ResourceGraph,
        name: "Resource Graph",
        endpoints: &[post("", resource_graph::query)],
    },
    Route {
        path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/locks",
        service: Service::Locks,
        name: "locks",
        endpoints: &[get("Microsoft.Authorization/locks/read", locks::list)],
    },
    Route {
        path: "/subscriptions/{subscription}/providers",
        service: Service::Resources,
        name: "the providers",
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/providers/read",
            providers::list,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/{namespace}",
        service: Service::Resources,
        name: "the provider's `{last}`",
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/providers/read",
            providers::get,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/{namespace}/register",
        service: Service::Resources,
        name: "the provider's `{last}`",
        endpoints: &[post("{namespace}/register/action", providers::register)],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/{namespace}/unregister",
        service: Service::Resources,
        name: "the provider's `{last}`",
        endpoints: &[post("{namespace}/unregister/action", providers::unregister)],
    },
    Route {
        path: "/subscriptions/{subscription}/resources",
        service: Service::Resources,
        name: "the resource list",
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/resources/read",
            list::list_subscription,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups",
        service: Service::Resources,
        name: GROUPS,
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            groups::list,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}",
        service: Service::Resources,
        name: GROUPS,
        endpoints: &[
            get(
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                groups::get,
            ),
            head(
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                groups::exists,
            ),
            put(
                "Microsoft.Resources/subscriptions/resourceGroups/write",
                groups::put,
            ),
            delete(
                "Microsoft.Resources/subscriptions/resourceGroups/delete",
                groups::delete,
            ),
        ],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/resources",
        service: Service::Resources,
        name: "the resource list",
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/resources/read",
            list::list_group,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/operationresults/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get(
            "Microsoft.Resources/subscriptions/operationresults/read",
            poll,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries,
        name: "the registry list",
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/read",
            registry::read::list_subscription,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
        service: Service::Registries,
        name: "a name check",
        endpoints: &[post(
            "Microsoft.ContainerRegistry/checkNameAvailability/read",
            name_check::check_name,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get(
            "Microsoft.ContainerRegistry/locations/operationResults/read",
            poll,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries,
        name: REGISTRIES,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/read",
            registry::read::list_group,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}",
        service: Service::Registries,
        name: REGISTRIES,
        endpoints: &[
            get("Microsoft.ContainerRegistry/registries/read", registry::read::get),
            put("Microsoft.ContainerRegistry/registries/write", registry::put::put),
            patch(
                "Microsoft.ContainerRegistry/registries/write",
                registry::write::patch,
            ),
            delete(
                "Microsoft.ContainerRegistry/registries/delete",
                registry::write::delete,
            ),
        ],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/listUsages",
        service: Service::Registries,
        name: REGISTRIES,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/listUsages/read",
            registry::read::usages,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/operationStatuses/{operation}",
        service: Service::Operations,
        name: REGISTRIES,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            poll,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications",
        service: Service::Registries,
        name: REPLICATIONS,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/replications/read",
            replications::list,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{replication}",
        service: Service::Registries,
        name: REPLICATIONS,
        endpoints: &[
            get(
                "Microsoft.ContainerRegistry/registries/replications/read",
                replications::get,
            ),
            put(
                "Microsoft.ContainerRegistry/registries/replications/write",
                replications::put,
            ),
            patch(
                "Microsoft.ContainerRegistry/registries/replications/write",
                replications::patch,
            ),
            delete(
                "Microsoft.ContainerRegistry/registries/replications/delete",
                replications::delete,
            ),
        ],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/replications/{replication}/operationStatuses/{operation}",
        service: Service::Operations,
        name: REPLICATIONS,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/replications/operationStatuses/read",
            poll,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections",
        service: Service::PrivateEndpoints,
        name: PRIVATE_ENDPOINTS,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
            private_endpoints::list_registry,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{connection}",
        service: Service::PrivateEndpoints,
        name: PRIVATE_ENDPOINTS,
        endpoints: &[
            get(
                "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
                private_endpoints::get,
            ),
            put(
                "Microsoft.ContainerRegistry/registries/privateEndpointConnections/write",
                private_endpoints::put,
            ),
            delete(
                "Microsoft.ContainerRegistry/registries/privateEndpointConnections/delete",
                private_endpoints::delete,
            ),
        ],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateEndpointConnections/{connection}/operationStatuses/{operation}",
        service: Service::Operations,
        name: PRIVATE_ENDPOINTS,
        endpoints: &[get(
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/operationStatuses/read",
            poll,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks,
        name: "the list of networks",
        endpoints: &[get(
            "Microsoft.Network/virtualNetworks/read",
            network::read::list_subscription,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/virtualNetworkAvailableEndpointServices",
        service: Service::Networks,
        name: "",
        endpoints: &[get(
            "Microsoft.Network/locations/virtualNetworkAvailableEndpointServices/read",
            network::read::endpoint_services,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operations/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get("Microsoft.Network/locations/operations/read", poll)],
    },
    Route {
        path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operationResults/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get("Microsoft.Network/locations/operationResults/read", poll)],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[get(
            "Microsoft.Network/virtualNetworks/read",
            network::read::list_group,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[
            get("Microsoft.Network/virtualNetworks/read", network::read::get),
            put("Microsoft.Network/virtualNetworks/write", virtual_network::put),
            patch("Microsoft.Network/virtualNetworks/write", virtual_network::patch),
            delete(
                "Microsoft.Network/virtualNetworks/delete",
                virtual_network::delete,
            ),
        ],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/CheckIPAddressAvailability",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[get(
            "Microsoft.Network/virtualNetworks/checkIpAddressAvailability/read",
            free_address::check,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[get(
            "Microsoft.Network/virtualNetworks/subnets/read",
            network::read::subnets,
        )],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[
            get(
                "Microsoft.Network/virtualNetworks/subnets/read",
                network::read::subnet,
            ),
            put("Microsoft.Network/virtualNetworks/subnets/write", subnet::put),
            delete("Microsoft.Network/virtualNetworks/subnets/delete", subnet::delete),
        ],
    },
];

/// Routes for what is not served at any other path of a service, and for operations that are asked for elsewhere
/// than their links say.
static FALLBACKS: &[Route] = &[
    Route {
        path: "/subscriptions/{subscription}/{scope*}/operations/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get("", poll)],
    },
    Route {
        path: "/subscriptions/{subscription}/{scope*}/operationResults/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get("", poll)],
    },
    Route {
        path: "/subscriptions/{subscription}/{scope*}/operationStatuses/{operation}",
        service: Service::Operations,
        name: "",
        endpoints: &[get("", poll)],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{rest*}",
        service: Service::Registries,
        name: REGISTRIES,
        endpoints: &[],
    },
    Route {
        path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{rest*}",
        service: Service::Networks,
        name: NETWORKS,
        endpoints: &[],
    },
];

/// Finds the route of a path.
pub(crate) fn find<'a>(method: &Method, path: &'a [&'a str]) -> Option<Found<'a>> {
    for route in ROUTES {
        if let Some(at) = PathValues::of(route.path, path) {
            let endpoint = route.endpoint(method);
            return Some(Found { route, endpoint, at });
        }
    }
    // A fallback of operations is for polls only: other methods are those of a resource.
    for route in FALLBACKS {
        let endpoint = route.endpoint(method);
        if let Some(at) = PathValues::of(route.path, path)
            && (endpoint.is_some() || route.endpoints.is_empty())
        {
            return Some(Found { route, endpoint, at });
        }
    }
    None
}

impl Route {
    fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.method == *method)
    }

    /// Says which request is not served.
    pub(crate) fn unserved(&self, request: &Request, at: &PathValues<'_>) -> String {
        let method = &request.method;
        match self.name {
            "" => unserved(request, at.after_subscription()),
            "{path}" => format!("{method} of `{}`", request.path),
            name if name.contains('/') => {
                format!("{method} of `{name}/{}`", self.below(name, at).join("/"))
            }
            name => {
                let last = at.after_subscription().last().map_or("", |last| *last);
                format!("{method} of {}", name.replace("{last}", last))
            }
        }
    }

    /// Returns the segments after the last word of a resource type.
    fn below<'a>(&self, kind: &str, at: &PathValues<'a>) -> &'a [&'a str] {
        let word = kind.rsplit('/').next().unwrap_or(kind);
        let position = segments(self.path).position(|segment| segment == word);
        at.from(position.map_or(0, |position| position + 1))
    }
}

/// Says which request in a subscription is not served.
pub(crate) fn unserved(request: &Request, path: &[&str]) -> String {
    format!("{} `/{}` of a subscription", request.method, path.join("/"))
}

impl Endpoint {
    /// Returns the permission that a request needs.
    pub(crate) fn permission(&self, at: &PathValues<'_>) -> String {
        self.permission.replace("{namespace}", at.get("namespace"))
    }
}
