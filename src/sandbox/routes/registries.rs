//! Routes of Microsoft.ContainerRegistry.

use crate::sandbox::forms::types::{PRIVATE_ENDPOINTS, PRIVATE_LINKS, REGISTRIES, REPLICATIONS};
use crate::sandbox::operations::polls::poll;
use crate::sandbox::registry;
use crate::sandbox::registry::sub_resources::{
    credentials, private_endpoints, private_link, replications, tasks,
};
use crate::sandbox::route::{Name, Route, delete, get, patch, post, put};
use crate::sandbox::services::Service;

/// Query parameters of lists that come in pages.
const PAGES: &[&str] = &["$top", "$skipToken"];

/// Routes of this part.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries, name: Name::Words("the registry list"), endpoints: &[get("Microsoft.ContainerRegistry/registries/read", registry::read::list_subscription).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
        service: Service::Registries, name: Name::Words("a name check"), endpoints: &[post("Microsoft.ContainerRegistry/checkNameAvailability/read", registry::read::check_name)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.ContainerRegistry/locations/operationResults/read", poll)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries",
        service: Service::Registries, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/read", registry::read::list_group).reads(PAGES)] },
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
    // The operations lists have no such permission; its name follows the others (inferred).
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateLinkResources",
        service: Service::PrivateLinks, name: Name::Type(PRIVATE_LINKS), endpoints: &[get("Microsoft.ContainerRegistry/registries/privateLinkResources/read", private_link::list)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/privateLinkResources/{resource}",
        service: Service::PrivateLinks, name: Name::Type(PRIVATE_LINKS), endpoints: &[get("Microsoft.ContainerRegistry/registries/privateLinkResources/read", private_link::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/agentPools",
        service: Service::AgentPools, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/agentpools/read", tasks::list_agent_pools)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/tasks",
        service: Service::Tasks, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/tasks/read", tasks::list_tasks)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{registry}/cacheRules",
        service: Service::CacheRules, name: Name::Type(REGISTRIES), endpoints: &[get("Microsoft.ContainerRegistry/registries/cacheRules/read", tasks::list_cache_rules).reads(PAGES)] },
];
