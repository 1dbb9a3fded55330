//! Routes of ARM itself: tenants, subscriptions, groups, providers, and what stands at any scope.

use crate::sandbox::entra::tenants;
use crate::sandbox::forms::types::GROUPS;
use crate::sandbox::operations::polls::poll;
use crate::sandbox::resources::{
    groups, list, locks, permissions, providers, regions, resource_graph, tags,
};
use crate::sandbox::route::{Name, Route, delete, get, head, post, put};
use crate::sandbox::services::Service;

/// Routes of this part.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
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
    // What stands at any scope comes before the resources.
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/locks",
        service: Service::Locks, name: Name::Words("locks"), endpoints: &[get("Microsoft.Authorization/locks/read", locks::list).reads(&["$filter"])] },
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/locks/{lock}",
        service: Service::Locks, name: Name::Words("locks"), endpoints: &[
            get("Microsoft.Authorization/locks/read", locks::get),
            put("Microsoft.Authorization/locks/write", locks::put),
            delete("Microsoft.Authorization/locks/delete", locks::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/permissions",
        service: Service::Permissions, name: Name::Words("permissions"), endpoints: &[get("Microsoft.Authorization/permissions/read", permissions::list)] },
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Resources/tags/default",
        service: Service::Tags, name: Name::Words("tags"), endpoints: &[get("Microsoft.Resources/tags/read", tags::get)] },
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
        service: Service::Resources, name: Name::Words("the resource list"), endpoints: &[get("Microsoft.Resources/subscriptions/resources/read", list::list_subscription).reads(&["$filter", "$expand", "$top", "$skipToken"])] },
    Route { path: "/subscriptions/{subscription}/resourceGroups",
        service: Service::Resources, name: Name::Type(GROUPS), endpoints: &[get("Microsoft.Resources/subscriptions/resourceGroups/read", groups::list).reads(&["$filter", "$top", "$skipToken"])] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}",
        service: Service::Resources, name: Name::Type(GROUPS), endpoints: &[
            get("Microsoft.Resources/subscriptions/resourceGroups/read", groups::get),
            head("Microsoft.Resources/subscriptions/resourceGroups/read", groups::exists),
            put("Microsoft.Resources/subscriptions/resourceGroups/write", groups::put),
            delete("Microsoft.Resources/subscriptions/resourceGroups/delete", groups::delete),
        ] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/resources",
        service: Service::Resources, name: Name::Words("the resource list"), endpoints: &[get("Microsoft.Resources/subscriptions/resources/read", list::list_group).reads(&["$filter", "$expand", "$top", "$skipToken"])] },
    Route { path: "/subscriptions/{subscription}/operationresults/{operation}",
        service: Service::Operations, name: Name::PathInSubscription, endpoints: &[get("Microsoft.Resources/subscriptions/operationresults/read", poll)] },
];
