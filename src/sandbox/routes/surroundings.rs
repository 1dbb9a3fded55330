//! Routes of the resources around a registry, which a diagnosis reads.

use crate::sandbox::forms::types::{
    ENDPOINT_POLICIES, ENDPOINT_RESOURCES, INTERFACES, PRIVATE_ZONES, ROUTE_TABLES, SECURITY_GROUPS,
    WORKSPACES,
};
use crate::sandbox::route::{Name, Route, get, post};
use crate::sandbox::services::Service;
use crate::sandbox::surroundings::{diagnostic_settings, log_query, read, role_assignments};

/// Query parameters of lists that come in pages.
const PAGES: &[&str] = &["$top", "$skipToken"];

/// Routes of resources at any scope, which come before the resources themselves.
#[rustfmt::skip]
pub(super) static AT_SCOPES: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Insights/diagnosticSettings",
        service: Service::DiagnosticSettings, name: Name::Words("diagnostic settings"), endpoints: &[get("Microsoft.Insights/diagnosticSettings/read", diagnostic_settings::list)] },
    Route { path: "/subscriptions/{subscription}/{scope*}/providers/Microsoft.Authorization/roleAssignments",
        service: Service::RoleAssignments, name: Name::Words("role assignments"), endpoints: &[get("Microsoft.Authorization/roleAssignments/read", role_assignments::list).reads(&["$filter"])] },
];

/// Routes of this part.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateEndpoints/{name}",
        service: Service::Networks, name: Name::Type(ENDPOINT_RESOURCES), endpoints: &[get("Microsoft.Network/privateEndpoints/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateEndpoints/{name}/privateDnsZoneGroups",
        service: Service::Networks, name: Name::Type(ENDPOINT_RESOURCES), endpoints: &[get("Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read", read::zone_groups)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkInterfaces/{name}",
        service: Service::Networks, name: Name::Type(INTERFACES), endpoints: &[get("Microsoft.Network/networkInterfaces/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}",
        service: Service::Networks, name: Name::Type(SECURITY_GROUPS), endpoints: &[get("Microsoft.Network/networkSecurityGroups/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/routeTables/{name}",
        service: Service::Networks, name: Name::Type(ROUTE_TABLES), endpoints: &[get("Microsoft.Network/routeTables/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/serviceEndpointPolicies/{name}",
        service: Service::Networks, name: Name::Type(ENDPOINT_POLICIES), endpoints: &[get("Microsoft.Network/serviceEndpointPolicies/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/providers/Microsoft.Network/privateDnsZones",
        service: Service::Surroundings, name: Name::Words("private DNS zones"), endpoints: &[get("Microsoft.Network/privateDnsZones/read", read::zones).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{name}",
        service: Service::Surroundings, name: Name::Type(PRIVATE_ZONES), endpoints: &[get("Microsoft.Network/privateDnsZones/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{name}/virtualNetworkLinks",
        service: Service::Surroundings, name: Name::Type(PRIVATE_ZONES), endpoints: &[get("Microsoft.Network/privateDnsZones/virtualNetworkLinks/read", read::zone_links).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{name}/A",
        service: Service::Surroundings, name: Name::Type(PRIVATE_ZONES), endpoints: &[get("Microsoft.Network/privateDnsZones/A/read", read::address_records).reads(PAGES)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}",
        service: Service::Surroundings, name: Name::Type("Microsoft.ContainerService/managedClusters"), endpoints: &[get("Microsoft.ContainerService/managedClusters/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}",
        service: Service::Surroundings, name: Name::Type("Microsoft.Web/sites"), endpoints: &[get("Microsoft.Web/sites/Read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerInstance/containerGroups/{name}",
        service: Service::Surroundings, name: Name::Type("Microsoft.ContainerInstance/containerGroups"), endpoints: &[get("Microsoft.ContainerInstance/containerGroups/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.App/containerApps/{name}",
        service: Service::Surroundings, name: Name::Type("Microsoft.App/containerApps"), endpoints: &[get("Microsoft.App/containerApps/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.App/managedEnvironments/{name}",
        service: Service::Surroundings, name: Name::Type("Microsoft.App/managedEnvironments"), endpoints: &[get("Microsoft.App/managedEnvironments/read", read::get)] },
    Route { path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}/query",
        service: Service::Logs, name: Name::Type(WORKSPACES), endpoints: &[post("Microsoft.OperationalInsights/workspaces/query/read", log_query::execute)] },
];
